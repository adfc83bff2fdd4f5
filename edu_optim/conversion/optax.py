"""Optax 0.2.8: its optimizers. Every rate must be given there, so a line has no default for it."""

from .lines import (
    RATE_INSIDE,
    REQUIRED,
    SUM_STARTS_ABOVE_0,
    Is,
    Library,
    Peer,
    Refused,
    decoupled,
    is_none,
    is_set,
    other,
)

LR = dict(learning_rate=REQUIRED)
BETAS = dict(b1=0.9, b2=0.999)
ADAM = dict(**LR, **BETAS, eps=1e-8, eps_root=0.0, mu_dtype=None)
ADAM_LINES = (
    Is("Adam", {"nesterov": False}),
    Is("NAdamW", {"nesterov": True}, fixed={"weight_decay": 0}),
)
ADAMW_LINES = (Is("AdamW", {"nesterov": False}), Is("NAdamW", {"nesterov": True}))
RMSPROP_NAMES = {"decay": "alpha"}
INSIDE = RMSPROP_NAMES | {"eps": "eps_root"}
CORRECTED = {"bias_correction": True, "momentum": None, "centered": False}
NESTEROV = Refused({"nesterov": True}, "the rule here does not look ahead. Instead: nesterov=False, or nadam")


OPTAX = Library(
    "optax",
    {
        "sgd": Peer(
            LR | dict(momentum=None, nesterov=False, accumulator_dtype=None),
            Is("SGD", {"momentum": None}, unused=("nesterov",)),
            Is("NesterovSGD", {"nesterov": True}),
            Is("CorrectedMomentumSGD", {"nesterov": False}),
        ),
        "sign_sgd": Peer(LR, Is("SignSGD")),
        "adagrad": Peer(
            LR | dict(initial_accumulator_value=0.1, eps=1e-7),
            SUM_STARTS_ABOVE_0,
            Is("AdaGrad", {"initial_accumulator_value": 0}, {"eps": "eps_root"}, {"eps": 0}),
        ),
        "adadelta": Peer(
            dict(learning_rate=None, rho=0.9, eps=1e-6, weight_decay=0.0, weight_decay_mask=None),
            Refused({"learning_rate": is_none}, (
                "without a learning_rate optax leaves the sign of the step as that of the gradient, and the loss goes "
                "up. Instead: learning_rate=1.0, which is the paper")),
            Is("AdaDelta"),
        ),
        "rmsprop": Peer(
            LR | dict(decay=0.9, eps=1e-8, initial_scale=0.0, eps_in_sqrt=True, centered=False, momentum=None,
                      nesterov=False, bias_correction=False),
            Refused({"nesterov": True, "momentum": is_set}, (
                "RMSprop does not look ahead here. Instead: nesterov=False")),
            Refused({"initial_scale": is_set}, "v starts at 0 here. Instead: initial_scale=0"),
            Is("Adam", CORRECTED | {"eps_in_sqrt": False}, {"decay": "beta2"}, {"beta1": 0}, ("nesterov",)),
            Is("Adam", CORRECTED | {"eps_in_sqrt": True}, {"decay": "beta2", "eps": "eps_root"},
               {"beta1": 0, "eps": 0}, ("nesterov",)),
            Refused({"bias_correction": True}, (
                "RMSprop corrects nothing here; without centering and momentum the corrected one is eo.Adam(beta1=0). "
                "Instead: bias_correction=False")),
            Is("RMSprop", {"momentum": None, "centered": False, "eps_in_sqrt": False}, RMSPROP_NAMES,
               unused=("nesterov",)),
            Is("RMSprop", {"momentum": None, "centered": False, "eps_in_sqrt": True}, INSIDE, {"eps": 0},
               ("nesterov",)),
            Is("RMSpropGraves", {"centered": True, "eps_in_sqrt": False}, RMSPROP_NAMES, {"eps_root": 0},
               ("nesterov",)),
            Is("RMSpropGraves", {"centered": True, "eps_in_sqrt": True}, INSIDE, {"eps": 0}, ("nesterov",)),
            Is("RMSpropMomentum", {"centered": False, "eps_in_sqrt": False}, RMSPROP_NAMES, unused=("nesterov",),
               remark=RATE_INSIDE),
            Is("RMSpropMomentum", {"centered": False, "eps_in_sqrt": True}, INSIDE, {"eps": 0}, ("nesterov",),
               remark=RATE_INSIDE),
        ),
        "adam": Peer(ADAM | dict(nesterov=False), *ADAM_LINES),
        "nadam": Peer(ADAM | dict(nesterov=True), *ADAM_LINES),
        "adamw": Peer(ADAM | dict(weight_decay=1e-4, mask=None, nesterov=False), *ADAMW_LINES),
        "nadamw": Peer(ADAM | dict(weight_decay=1e-4, mask=None, nesterov=True), *ADAMW_LINES),
        "adamax": Peer(LR | BETAS | dict(eps=1e-8), Is("Adamax")),
        "adamaxw": Peer(
            LR | BETAS | dict(eps=1e-8, weight_decay=1e-4, mask=None),
            Is("Adamax", {"weight_decay": 0}),
            Refused({}, decoupled()),
        ),
        "amsgrad": other(
            "it keeps the largest v after its correction, eo.AMSGrad before it, as torch and Chainer do: under "
            "gradients 1, 0, 0, ... its tenth step is 0.32 of theirs. Instead: eo.AMSGrad"),
        "radam": Peer(
            LR | BETAS | dict(eps=1e-8, eps_root=0.0, threshold=5.0, nesterov=False),
            NESTEROV,
            Refused({"threshold": lambda rho: rho != 5}, "eo.RAdam divides above rho = 5. Instead: threshold=5.0"),
            Is("RAdam", {"nesterov": False}, unused=("threshold",)),
        ),
        "adabelief": Peer(
            LR | BETAS | dict(eps=1e-16, eps_root=1e-16, nesterov=False),
            NESTEROV,
            Is("AdaBelief", {"nesterov": False}),
        ),
        "yogi": Peer(LR | BETAS | dict(eps=0.001), Is("Yogi")),
        "adan": Peer(
            LR | dict(b1=0.98, b2=0.92, b3=0.99, eps=1e-8, eps_root=1e-8, weight_decay=0.0, mask=None),
            Is("Adan", fixed={"ahead": lambda s: 1 - s["b2"]}),
        ),
        "lion": Peer(LR | dict(b1=0.9, b2=0.99, mu_dtype=None, weight_decay=0.001, mask=None), Is("Lion")),
        "signum": Peer(
            LR | dict(beta=0.9, accumulator_dtype=None),
            Is("Lion", names={"beta": "beta1"}, fixed={"beta2": lambda s: s["beta"], "weight_decay": 0}),
        ),
        "lamb": Peer(LR | BETAS | dict(eps=1e-6, eps_root=0.0, weight_decay=0.0, mask=None), Is("LAMB")),
        "lars": Peer(
            LR | dict(weight_decay=0.0, weight_decay_mask=True, trust_coefficient=0.001, eps=0.0, trust_ratio_mask=True,
                      momentum=0.9, nesterov=False),
            Refused({"nesterov": True}, "eo.LARS does not look ahead. Instead: nesterov=False"),
            Is("LARS", {"nesterov": False}, {"trust_coefficient": "trust"}),
        ),
        "novograd": Peer(LR | dict(b1=0.9, b2=0.25, eps=1e-6, eps_root=0.0, weight_decay=0.0), Is("NovoGrad")),
        "rprop": other(
            "it takes every step one update late: its first update is 0. Instead: eo.Rprop, which is torch's"),
        "adafactor": other(
            "it adds 1e-30 to squares, counts its decay from another update, factors only sides of 128 or more, and "
            "lr is no cap. Instead: eo.Adafactor, which is torch's"),
        "noisy_sgd": other("its noise is not ours. Instead: eo.SGD with the hook eo.hooks.GradientNoise(eta)"),
        "lbfgs": other(
            "it asks for the loss many times a step. Instead, for whole batches of data: "
            "scipy.optimize.minimize(method='L-BFGS-B')"),
        "muon": other(
            "the one in optax.contrib adds eps to the norm and moves what is no matrix by Adam. Instead: eo.Muon for "
            "matrices and eo.Adam for the rest"),
        **{name: other("there is no such rule here. Instead: write it down with @eo.rule") for name in (
            "fromage", "optimistic_adam", "optimistic_adam_v2", "optimistic_gradient_descent", "polyak_sgd", "sm3")},
    },
    names={"learning_rate": "lr", "b1": "beta1", "b2": "beta2", "b3": "beta3"},
    options=("weight_decay",),
    lacking={
        "weight_decay": "in optax coupled decay comes first in a chain: optax.chain(optax.add_decayed_weights(rate), "
                        "...)",
        "maximize": "optax only goes down: turn the loss's sign round",
    },
    lines=(
        Refused({"mask": is_set}, "a mask is the tree's business here: give parameters weight_decay=0 by groups, "
                                  "param_groups or update_rule.hyperparam"),
        Refused({"mu_dtype": is_set}, "states have the parameters' dtype here. Instead: leave mu_dtype out"),
        Refused({"accumulator_dtype": is_set}, "states have the parameters' dtype here. Instead: leave "
                                               "accumulator_dtype out"),
    ),
)
