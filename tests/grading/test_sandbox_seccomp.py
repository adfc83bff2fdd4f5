"""The filter of system calls, interpreted rule by rule."""

import errno
import struct

import pytest

from edu_optim.grading.sandbox import seccomp


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_the_filter(machine):
    column, architecture = seccomp.MACHINES[machine]
    program = seccomp.program(machine)
    refuse = seccomp.REFUSE

    def verdict(number, argument=0, architecture=architecture):
        return decided(program, struct.pack("=iIQQ", number, architecture, 0, argument))

    for numbers in seccomp.DENIED.values():
        assert verdict(numbers[column]) == refuse
    denied = {numbers[column] for numbers in seccomp.DENIED.values()} | {seccomp.SOCKET[column]}
    assert {verdict(number) for number in set(range(460)) - denied} == {seccomp.ALLOW}
    families = {family for family in range(60) if verdict(seccomp.SOCKET[column], family) == seccomp.ALLOW}
    assert families == {1, 2, 10, 16}
    assert verdict(0, architecture=0x40000003) == seccomp.KILL  # i386
    assert refuse & 0xFFFF == errno.EPERM
    if machine == "x86_64":
        assert verdict(0x40000000 + 41) == refuse  # x32


def test_no_filter_for_a_machine_of_other_numbers():
    assert seccomp.program("riscv64") is None


def decided(program, data):
    """What a filter returns, by the rules of classic BPF."""
    lines = list(struct.iter_unpack("=HBBI", program))
    place = value = 0
    while True:
        code, when_true, when_false, number = lines[place]
        place += 1
        if code == seccomp.LOAD:
            (value,) = struct.unpack_from("=I", data, number)
        elif code == seccomp.RETURN:
            return number
        else:
            holds = value == number if code == seccomp.EQUAL else value >= number
            place += when_true if holds else when_false
