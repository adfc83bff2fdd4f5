"""Layer-wise decay: the nearer a layer is to the input, the lower its rate."""

from ..formula.hyper import Hyper
from ..link import Link
from ..parameter import Parameter

_DECAY = Hyper(0.75, "", "(0, 1]")


def layer_decay(net, decay=0.75):
    """The table of multipliers by which each layer takes `decay` times the rate of the layer behind it.

    The layer of number ``id`` gets ``decay ** (max_id - id)``, so the last one has the whole rate. It is what timm
    calls ``lr_scale``. There only timm's own schedulers multiply by it, and any other leaves it out without a word;
    here it is a table like any other, for every recipe; timm's own is `multiplied_rates` with it.

    Parameters
    ----------
    net : Link
        Its layers are the links and parameters directly in it, in the order in which they were assigned.
    decay : float, optional
        Above 0, at most 1.

    Returns
    -------
    dict of str to float

    References
    ----------
    Bao, Dong, Piao, Wei (2022). BEiT: BERT pre-training of image transformers. ICLR.

    Examples
    --------
    >>> import edu_optim as eo
    >>> net = eo.links.MLP(4, 3, 3, 2)
    >>> eo.layerwise.layer_decay(net, 0.5)
    {'l1': 0.25, 'l2': 0.5, 'l3': 1.0}
    >>> optimizer = eo.AdaGrad(lr=0.1)
    >>> step = eo.layerwise.multiplied_rates(net, eo.layerwise.layer_decay(net, 0.5), optimizer)
    >>> net.l1.W.update_rule.rate
    0.025
    """
    decay = _DECAY.check("layer_decay", "decay", decay)
    layers = [name for name, value in vars(net).items()
              if isinstance(value, Parameter) or (isinstance(value, Link) and any(True for _ in value.params()))]
    max_id = len(layers) - 1
    return {name: decay ** (max_id - id) for id, name in enumerate(layers)}
