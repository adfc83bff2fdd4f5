"""Torch 2.13: `torch.optim`."""

from .lines import Is, Library, Peer, Refused, decoupled, is_set

COMMON = dict(weight_decay=0, maximize=False)
ADAM = dict(lr=0.001, betas=(0.9, 0.999), eps=1e-8)
DECOUPLED = Refused({"decoupled_weight_decay": True, "weight_decay": is_set}, decoupled())

ADAM_LINES = (
    Is("Adam", {"amsgrad": False, "decoupled_weight_decay": False}),
    Is("AdamW", {"amsgrad": False, "decoupled_weight_decay": True}),
    Is("AMSGrad", {"amsgrad": True, "decoupled_weight_decay": False}),
    Is("AMSGrad", {"amsgrad": True, "decoupled_weight_decay": True, "weight_decay": 0}),
    Refused({"amsgrad": True}, decoupled()),
)

TORCH = Library(
    "torch",
    {
        "SGD": Peer(
            dict(lr=0.001, momentum=0, dampening=0, nesterov=False, **COMMON),
            Refused({"nesterov": True, "momentum": 0}, "torch itself refuses it: give a momentum above 0"),
            Refused({"nesterov": True, "dampening": is_set}, "torch itself refuses it: leave dampening out"),
            Is("SGD", {"momentum": 0, "nesterov": False}, unused=("dampening",)),
            Is("NesterovSGD", {"nesterov": True, "dampening": 0}),
            Is("CorrectedMomentumSGD", {"dampening": 0, "nesterov": False}),
            Is("DampenedSGD", {"nesterov": False}),
        ),
        "Adagrad": Peer(
            dict(lr=0.01, lr_decay=0, initial_accumulator_value=0, eps=1e-10, **COMMON),
            Refused({"lr_decay": is_set}, (
                "it divides the rate by 1 + (t - 1) lr_decay, which is a schedule here. Instead, with the same "
                "numbers: leave lr_decay out, make eo.schedules.LambdaLR(optimizer, lambda e: 1 / (1 + e * lr_decay)) "
                "and call its step() after every update")),
            Refused({"initial_accumulator_value": is_set}, (
                "h starts at 0 here. eps_root= is nearest: added to h for good, it is as much at every update")),
            Is("AdaGrad"),
        ),
        "Adadelta": Peer(dict(lr=1.0, rho=0.9, eps=1e-6, **COMMON), Is("AdaDelta")),
        "RMSprop": Peer(
            dict(lr=0.01, alpha=0.99, eps=1e-8, momentum=0, centered=False, **COMMON),
            Is("RMSprop", {"momentum": 0, "centered": False}),
            Is("RMSpropMomentum", {"centered": False}),
            Is("RMSpropCentered", {"centered": True}),
        ),
        "Adam": Peer(ADAM | dict(amsgrad=False, decoupled_weight_decay=False, **COMMON), *ADAM_LINES),
        # In the dict of its defaults, decoupled_weight_decay is True.
        "AdamW": Peer(
            ADAM | dict(weight_decay=0.01, amsgrad=False, decoupled_weight_decay=True, maximize=False), *ADAM_LINES),
        "Adamax": Peer(dict(lr=0.002, betas=(0.9, 0.999), eps=1e-8, **COMMON), Is("Adamax")),
        "NAdam": Peer(
            dict(lr=0.002, betas=(0.9, 0.999), eps=1e-8, momentum_decay=0.004, decoupled_weight_decay=False, **COMMON),
            DECOUPLED,
            Is("NAdam", unused=("decoupled_weight_decay",)),
        ),
        "RAdam": Peer(
            ADAM | dict(decoupled_weight_decay=False, **COMMON),
            DECOUPLED,
            Is("RAdam", names={"eps": "eps_hat"}, unused=("decoupled_weight_decay",)),
        ),
        "Rprop": Peer(
            dict(lr=0.01, etas=(0.5, 1.2), step_sizes=(1e-6, 50), maximize=False),
            Is("Rprop", names={"etas": ("eta_minus", "eta_plus"), "step_sizes": ("size_min", "size_max")}),
        ),
        "ASGD": Peer(dict(lr=0.01, lambd=1e-4, alpha=0.75, t0=1e6, **COMMON), Is("ASGD", names={"alpha": "power"})),
        "Adafactor": Peer(
            dict(lr=0.01, beta2_decay=-0.8, eps=(None, 0.001), d=1.0, **COMMON),
            Refused({"eps": lambda eps: eps[0] == 0}, (
                "its first eps is 0, which stands for None here: the spacing of floating-point numbers at 1. "
                "Instead: a number above 0, such as 1e-30")),
            Is("Adafactor", names={"eps": ("eps1", "eps2")}),
        ),
        "Muon": Peer(
            dict(lr=0.001, weight_decay=0.1, momentum=0.95, nesterov=True, ns_coefficients=(3.4445, -4.775, 2.0315),
                 eps=1e-7, ns_steps=5, adjust_lr_fn=None),
            Refused({"nesterov": False}, "eo.Muon always looks ahead. Instead: nesterov=True"),
            Refused({"ns_steps": lambda steps: steps != 5}, "eo.Muon iterates five times. Instead: ns_steps=5"),
            Refused({"adjust_lr_fn": "match_rms_adamw"}, (
                "it makes the rate of a matrix 0.2 sqrt(max(rows, columns)) times lr, here it is sqrt(max(1, rows / "
                "columns)) times. Instead: leave adjust_lr_fn out and give each matrix its rate by its shape")),
            Refused({"adjust_lr_fn": lambda name: name not in (None, "original")}, (
                "torch has None, 'original' and 'match_rms_adamw', of which eo.Muon has the first two")),
            Is("Muon", names={"ns_coefficients": ("a", "b", "c")}, unused=("nesterov", "ns_steps", "adjust_lr_fn")),
        ),
        "SparseAdam": Peer(
            ADAM | dict(maximize=False),
            Refused({}, (
                "it moves only the rows a sparse gradient names, and gradients are whole arrays here. Instead: "
                "eo.Adam, where rows without a gradient go on by momentum")),
        ),
        "LBFGS": Peer(
            dict(lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-7, tolerance_change=1e-9, history_size=100,
                 line_search_fn=None),
            Refused({}, (
                "it asks for the loss many times a step, and a rule here sees one gradient a step. Instead, for whole "
                "batches of data: scipy.optimize.minimize(method='L-BFGS-B')")),
        ),
    },
    names={"betas": ("beta1", "beta2")},
    options=("weight_decay", "maximize"),
    ignored=("foreach", "fused", "capturable", "differentiable"),
)
