"""Chainer 7.8: `chainer.optimizers`."""

from .lines import Is, Library, Peer, Refused, is_set

ADAM = dict(alpha=0.001, beta1=0.9, beta2=0.999, eps=1e-8, eta=1.0)
BOUND = dict(alpha=0.001, beta1=0.9, beta2=0.999, final_lr=0.1, gamma=0.001, eps=1e-8, eta=1.0)
FLAGS = dict(weight_decay_rate=0, amsgrad=False, adabound=False, final_lr=0.1, gamma=0.001)
NAMES = {"alpha": "lr", "eps": "eps_hat"}
BOUND_NAMES = {**NAMES, "gamma": "bound_rate"}  # our Adam's gamma is something else

# eta is a factor of the whole step: where a rule has none, its rates take it up.
BY_ETA = {"lr": lambda s: s["alpha"] * s["eta"]}
BOUND_BY_ETA = {**BY_ETA, "final_lr": lambda s: s["final_lr"] * s["eta"]}


def decay(rate):
    """Why the decay of a rule that has none here is refused; `rate` is what the setting of its rate is called."""
    return Refused({"weight_decay_rate": is_set}, (
        "its weight_decay_rate takes eta weight_decay_rate x from x beside the step; of the rules here only eo.AdamW "
        "does that. Instead, with the same numbers while the rate stays what it is: leave it out and call "
        f"optimizer.add_hook(eo.hooks.DecoupledWeightDecay(weight_decay_rate / {rate}))"))


def bounded(rule, **when):
    """AdaBound or AMSBound, where the settings say so."""
    return Is(rule, when, BOUND_NAMES, BOUND_BY_ETA, ("eta", "weight_decay_rate"))


def amsgrad(**when):
    """AMSGrad, where the settings say so."""
    return Is("AMSGrad", when, NAMES, BY_ETA, ("eta", "weight_decay_rate", "final_lr", "gamma"))


def adamw(**when):
    """AdamW, where the settings say so."""
    return Is("AdamW", when, NAMES, unused=("final_lr", "gamma"))


CHAINER = Library(
    "chainer",
    {
        "SGD": Peer(dict(lr=0.01), Is("SGD")),
        "MomentumSGD": Peer(dict(lr=0.01, momentum=0.9), Is("MomentumSGD")),
        "CorrectedMomentumSGD": Peer(dict(lr=0.01, momentum=0.9), Is("CorrectedMomentumSGD")),
        "NesterovAG": Peer(dict(lr=0.01, momentum=0.9), Is("NesterovAG")),
        "AdaGrad": Peer(dict(lr=0.001, eps=1e-8), Is("AdaGrad")),
        "AdaDelta": Peer(dict(rho=0.95, eps=1e-6), Is("AdaDelta")),
        "RMSprop": Peer(
            dict(lr=0.01, alpha=0.99, eps=1e-8, eps_inside_sqrt=False),
            Is("RMSprop", {"eps_inside_sqrt": False}),
            Is("RMSprop", {"eps_inside_sqrt": True}, {"eps": "eps_root"}, {"eps": 0}),
        ),
        "RMSpropGraves": Peer(
            dict(lr=1e-4, alpha=0.95, momentum=0.9, eps=1e-4), Is("RMSpropGraves", names={"eps": "eps_root"})),
        "SMORMS3": Peer(dict(lr=0.001, eps=1e-16), Is("SMORMS3")),
        "MSVAG": Peer(
            dict(lr=0.1, beta=0.9, eta=1.0, weight_decay_rate=0),
            decay("lr"),
            Is("MSVAG", fixed={"lr": lambda s: s["lr"] * s["eta"]}, unused=("eta", "weight_decay_rate")),
        ),
        "Adam": Peer(
            ADAM | FLAGS,
            Is("Adam", {"amsgrad": False, "adabound": False, "eta": 1.0, "weight_decay_rate": 0}, NAMES,
               unused=("final_lr", "gamma")),
            adamw(amsgrad=False, adabound=False),
            decay("alpha"),
            amsgrad(amsgrad=True, adabound=False),
            bounded("AdaBound", amsgrad=False, adabound=True),
            bounded("AMSBound", amsgrad=True, adabound=True),
        ),
        "AdamW": Peer(ADAM | dict(weight_decay_rate=0), adamw()),
        "AMSGrad": Peer(ADAM, amsgrad()),
        "AdaBound": Peer(BOUND, bounded("AdaBound")),
        "AMSBound": Peer(BOUND, bounded("AMSBound")),
    },
    lacking={
        "weight_decay": "in Chainer coupled decay is a hook: optimizer.add_hook(chainer.optimizer_hooks.WeightDecay("
                        "rate))",
        "maximize": "Chainer only goes down: turn the loss's sign round",
    },
)
