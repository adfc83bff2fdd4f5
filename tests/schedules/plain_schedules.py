"""Schedules written down a second time, as plainly as possible: one dict per group, no classes, no identity."""

import math

STEP = {
    "StepLR": lambda e, g, a: g["lr"] * a["gamma"] if e and e % a["step_size"] == 0 else g["lr"],
    "MultiStepLR": lambda e, g, a: g["lr"] * a["gamma"] ** a["milestones"].count(e),
    "ConstantLR": lambda e, g, a: g["lr"] * {0: a["factor"], a["total_iters"]: 1 / a["factor"]}.get(e, 1.0),
    "LinearLR": lambda e, g, a: g["lr"] * line(e, a) / (line(e - 1, a) if e else 1),
    "ExponentialLR": lambda e, g, a: g["lr"] * (a["gamma"] if e else 1),
    "PolynomialLR": lambda e, g, a: g["lr"] * (fall(e, a) / fall(e - 1, a) if 1 <= e <= a["total_iters"] else 1),
    "CosineAnnealingLR": lambda e, g, a: g["lr"] if e == 0 else cosine_step(e, g, a),
    "MultiplicativeLR": lambda e, g, a: g["lr"] * (a["lr_lambda"](e) if e else 1),
    "LambdaLR": lambda e, g, a: g["base"] * a["lr_lambda"](e),
    "CosineAnnealingWarmRestarts": lambda e, g, a: restarts(e, g["base"], a),
    "WarmupCosineLR": lambda e, g, a: g["lr"] * (recipe(e, a) / recipe(e - 1, a) if e else recipe(0, a)),
}
BEGIN = {  # at a milestone, from the base rate
    "StepLR": lambda base, a: base,
    "MultiStepLR": lambda base, a: base * a["gamma"] ** a["milestones"].count(0),
    "ConstantLR": lambda base, a: base * a["factor"],
    "LinearLR": lambda base, a: base * a["start_factor"],
    "LambdaLR": lambda base, a: base * a["lr_lambda"](0),
    "WarmupCosineLR": lambda base, a: base * recipe(0, a),
}


def line(e, a):
    return a["start_factor"] + (a["end_factor"] - a["start_factor"]) * min(e, a["total_iters"]) / a["total_iters"]


def fall(e, a):
    return (1 - e / a["total_iters"]) ** a["power"]


def recipe(e, a):
    if e < a["warmup"]:
        return 0.1 + 0.9 * e / a["warmup"]
    return 0.2 + 0.8 * (1 + math.cos(math.pi * min(1, (e - a["warmup"]) / (a["epochs"] - a["warmup"])))) / 2


def cosine_step(e, g, a):
    T, low = a["T_max"], a["eta_min"]
    if (e - 1) % (2 * T) == T:
        return g["lr"] + (g["base"] - low) * (1 - math.cos(math.pi / T)) / 2
    return (1 + math.cos(math.pi * e / T)) / (1 + math.cos(math.pi * (e - 1) / T)) * (g["lr"] - low) + low


def restarts(e, base, a):
    length = a["T_0"]
    while e >= length:
        e, length = e - length, length * a["T_mult"]
    return a["eta_min"] + (base - a["eta_min"]) * (1 + math.cos(math.pi * e / length)) / 2


def construct(spec, g):
    """What making a schedule does to a group that it finds."""
    g.setdefault("base", g["lr"])
    if spec["class"] == "SequentialLR":
        for part in spec["parts"]:
            construct(part, g)
        g["lr"] = g["base"]
        spec = spec["parts"][0]
    g["lr"] = STEP[spec["class"]](0, g, spec["arguments"])


def advance(spec, e, g):
    """What the step to epoch e does to a group; a group that is new has no base yet."""
    g.setdefault("base", g["lr"])
    if spec["class"] == "SequentialLR":
        place = sum(m <= e for m in spec["milestones"])
        start = spec["milestones"][place - 1] if place else 0
        spec, e = spec["parts"][place], e - start
        if e == 0:
            if spec["class"] == "MultiplicativeLR":
                g["lr"] *= spec["arguments"]["lr_lambda"](0)
            else:
                g["lr"] = BEGIN.get(spec["class"], lambda base, a: base)(g["base"], spec["arguments"])
            return
    g["lr"] = STEP[spec["class"]](e, g, spec["arguments"])
