"""Keras 3: `keras.optimizers`. Every optimizer there takes `weight_decay`, which is decoupled."""

from .lines import RATE_INSIDE, SUM_STARTS_ABOVE_0, Is, Library, Peer, Refused, decoupled, is_set, other

LR = dict(learning_rate=0.001)
ADAM = dict(**LR, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
NAMES = {"epsilon": "eps_hat"}
INSIDE = {"rho": "alpha", "epsilon": "eps_root"}
DECAY = Refused({"weight_decay": is_set}, decoupled())
ADAM_LINES = (
    Is("Adam", {"amsgrad": False, "weight_decay": None}, NAMES),
    Is("AdamW", {"amsgrad": False}, NAMES),
    Is("AMSGrad", {"amsgrad": True, "weight_decay": None}, NAMES),
    DECAY,
)


def peer(settings, *lines):
    """An optimizer whose rule here has no decay."""
    return Peer(settings, DECAY, *lines)


KERAS = Library(
    "keras",
    {
        "SGD": peer(
            dict(learning_rate=0.01, momentum=0.0, nesterov=False),
            Is("SGD", {"momentum": 0}, unused=("nesterov",)),
            Is("MomentumSGD", {"nesterov": False}),
            Is("NesterovSGD", {"nesterov": True}, remark=RATE_INSIDE),
        ),
        "RMSprop": peer(
            LR | dict(rho=0.9, momentum=0.0, epsilon=1e-7, centered=False),
            Is("RMSprop", {"momentum": 0, "centered": False}, INSIDE, {"eps": 0}),
            Is("RMSpropMomentum", {"centered": False}, INSIDE, {"eps": 0}, remark=RATE_INSIDE),
            Is("RMSpropGraves", {"centered": True}, INSIDE, {"eps": 0}),
        ),
        "Adagrad": peer(
            LR | dict(initial_accumulator_value=0.1, epsilon=1e-7),
            SUM_STARTS_ABOVE_0,
            Is("AdaGrad", {"initial_accumulator_value": 0}, {"epsilon": "eps_root"}, {"eps": 0}),
        ),
        "Adadelta": peer(LR | dict(rho=0.95, epsilon=1e-7), Is("AdaDelta")),
        "Adam": Peer(ADAM | dict(amsgrad=False), *ADAM_LINES),
        "AdamW": Peer(
            ADAM | dict(weight_decay=0.004, amsgrad=False), Is("AdamW", {"amsgrad": False}, NAMES), *ADAM_LINES[2:]),
        "Adamax": peer(
            ADAM,
            Is("Adamax", {"epsilon": 0}, fixed={"eps": 0}),
            Refused({}, (
                "it adds epsilon to u, eo.Adamax to the newest gradient's size before the larger is taken. Instead: "
                "epsilon=0; where gradients are far above epsilon the difference is lost in rounding")),
        ),
        "Nadam": peer(ADAM, Is("NAdam", fixed={"momentum_decay": 1})),
        "Lion": Peer(LR | dict(beta_1=0.9, beta_2=0.99), Is("Lion")),
        "Lamb": Peer(ADAM, DECAY, Is("LAMB", {"weight_decay": None})),
        "Adafactor": other(
            "it adds epsilon_1 to squared gradients and has no floor under the root. Instead: eo.Adafactor, which is "
            "torch's"),
        "Muon": other(
            "it adds 1e-7 to the norm, makes the step of a matrix 0.2 sqrt(max(rows, columns)) long and moves what is "
            "no matrix by Adam. Instead: eo.Muon for matrices and eo.AdamW for the rest"),
        "Ftrl": other("there is no such rule here. eo.AdaGrad is nearest: Ftrl without its l1 and l2 terms"),
        "ScheduleFreeAdamW": other("it moves an average beside the parameters. eo.AdamW with a schedule is nearest"),
        "LossScaleOptimizer": other("float16 is not computed in here: convert the optimizer inside it"),
        "MultiOptimizer": other(
            "it is a table of optimizers: convert each, and give it its parameters by net.l2.set_rule(...)"),
    },
    names={"learning_rate": "lr", "beta_1": "beta1", "beta_2": "beta2", "epsilon": "eps"},
    lacking={
        "weight_decay": "weight_decay is decoupled in Keras; a coupled one is a regularizer of each layer: "
                        "kernel_regularizer=keras.regularizers.L2(weight_decay / 2)",
        "maximize": "Keras only goes down: turn the loss's sign round",
    },
    settings=dict(weight_decay=None, clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False,
                  loss_scale_factor=None, gradient_accumulation_steps=None),
    lines=(
        Refused({"clipnorm": is_set}, (
            "clipping is a hook here, and this one is for each parameter: leave clipnorm out and hang "
            "eo.hooks.GradientClipping on each parameter's update_rule")),
        Refused({"clipvalue": is_set}, (
            "clipping is a hook here: leave clipvalue out and call optimizer.add_hook(eo.hooks.GradientHardClipping("
            "-clipvalue, clipvalue))")),
        Refused({"global_clipnorm": is_set}, (
            "clipping is a hook here: leave global_clipnorm out and call optimizer.add_hook(eo.hooks.GradientClipping("
            "global_clipnorm))")),
        Refused({"use_ema": True}, "no average of parameters is kept here: leave use_ema out and keep it beside"),
        Refused({"loss_scale_factor": is_set}, "gradients are taken as they come: leave loss_scale_factor out"),
        Refused({"gradient_accumulation_steps": is_set}, (
            "call backward() that many times before optimizer.step(), with the loss divided by their number")),
    ),
    ignored=("name", "ema_momentum", "ema_overwrite_frequency"),
)
