"""What a process in the sandbox may not ask the kernel of the machine for: a filter that bubblewrap installs.

Namespaces hide files, processes and networks. What is left are calls that take memory nobody counts, or reach what
has no namespace (virtual machines' sockets, keys), or are known for their faults.
"""

import errno
import platform
import struct

# name: (x86_64, aarch64), from the kernel's tables
DENIED = {
    "shmget": (29, 194), "msgget": (68, 186), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "perf_event_open": (298, 241), "bpf": (321, 280), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "vmsplice": (278, 75),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "syslog": (103, 116),
    "unshare": (272, 97), "setns": (308, 268), "chroot": (161, 51), "pivot_root": (155, 41),
    "mount": (165, 40), "umount2": (166, 39), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "open_by_handle_at": (304, 265),
    "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "kexec_load": (246, 104),
    "init_module": (175, 105), "finit_module": (313, 273),
}
SOCKET = (41, 198)
FAMILIES = (1, 2, 10, 16)  # unix, inet, inet6, netlink: each has a namespace
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # AUDIT_ARCH of linux/audit.h

LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # of linux/bpf_common.h, for 32-bit words
NUMBER, ARCHITECTURE, ARGUMENT = 0, 4, 16  # where they stand in struct seccomp_data; the low half, on these machines
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM


def program(machine=None):
    """The filter as the kernel reads it.

    Parameters
    ----------
    machine : str, optional
        As ``platform.machine()`` has it.

    Returns
    -------
    bytes or None
        None for a machine whose numbers we do not have.
    """
    machine = machine or platform.machine()
    if machine not in MACHINES:
        return None
    column, architecture = MACHINES[machine]
    lines = [
        _line(LOAD, ARCHITECTURE),
        _line(EQUAL, architecture, 1, 0),
        _line(RETURN, KILL),  # 32-bit calls have other numbers
        _line(LOAD, NUMBER),
    ]
    if machine == "x86_64":
        lines += [_line(AT_LEAST, 0x40000000, 0, 1), _line(RETURN, REFUSE)]  # x32 has other numbers too
    for numbers in DENIED.values():
        lines += [_line(EQUAL, numbers[column], 0, 1), _line(RETURN, REFUSE)]
    lines += [_line(EQUAL, SOCKET[column], 1, 0), _line(RETURN, ALLOW), _line(LOAD, ARGUMENT)]
    for family in FAMILIES:
        lines += [_line(EQUAL, family, 0, 1), _line(RETURN, ALLOW)]
    lines += [_line(RETURN, REFUSE)]
    return b"".join(lines)


def _line(code, value, when_true=0, when_false=0):
    return struct.pack("=HBBI", code, when_true, when_false, value)
