"""Text 002, different learning rates for different layers in TensorFlow: each recipe beside the lines of the text.

In every recipe the loss is computed inside the loop: a tape has no graph that could be run again. For the same
reason there are no sessions, no placeholders and no initializers, and `tf.` goes. What differs besides is listed
above each recipe; indentation, which the page has lost, is restored.
"""

from collections import defaultdict

import numpy as np
import pytest

import edu_optim as eo
from edu_optim import functions as F
from edu_optim import layerwise
from edu_optim.autodiff import custom_gradient, gradients, stop_gradient
from edu_optim.parameter import Parameter

GradientDescentOptimizer = eo.SGD
MomentumOptimizer = eo.CorrectedMomentumSGD  # the rate outside the buffer

PRINTED = """\
[0.80000001, 0.40000001]
[0.72000003, 0.56]
[0.68800002, 0.62400001]
[0.67520005, 0.64960003]
[0.67008007, 0.65984005]
"""


def network():
    """Six layers, of which the last is new."""
    net = eo.links.MLP(3, 4, 4, 4, 4, 4, 2, activation=F.tanh, seed=1, dtype=np.float64)
    params = list(net.params())
    return net, params[:10], params[10:]


def losses(net, count=4):
    x, t = np.random.default_rng(0).normal(size=(2, count, 5, 3))
    return [lambda k=k: F.mean_squared_error(net(x[k]), t[k, :, :2]) for k in range(count)]


def as_by_hand(net, lr1, lr2, momentum=0.0):
    """Train another network of the same start with plain NumPy, a rate for each list."""
    other, var_list1, _ = network()
    buffers = {p: np.zeros(p.shape) for p in other.params()}
    for loss in losses(other):
        for p, g in zip(other.params(), gradients(loss(), list(other.params())), strict=True):
            buffers[p] = momentum * buffers[p] + g
            lr = lr1 if any(p is q for q in var_list1) else lr2
            p.data = p.data - lr * buffers[p]
    for (name, p), q in zip(net.named_params(), other.params(), strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-9, atol=1e-12, err_msg=name)


# Two optimizers, each over its own list of variables:
#
#     var_list1 = [variables from first 5 layers]
#     var_list2 = [the rest of variables]
#     train_op1 = GradientDescentOptimizer(0.00001).minimize(loss, var_list=var_list1)
#     train_op2 = GradientDescentOptimizer(0.0001).minimize(loss, var_list=var_list2)
#     train_op = tf.group(train_op1, train_op2)
#
# Differs: the two optimizers are made before the loop and minimize is called in it, since it acts at once, where the
# text builds an operation; tf.group goes with the operations. In the text nothing says which comes first, or whether
# the second sees what the first has moved. Here it does: each minimize differentiates the loss as it then is. Where
# that matters compute all gradients before applying any, as the next recipe and layerwise.two_optimizers do. (The
# rates are the code's; the question had asked for 0.001.)


def test_two_optimizers_over_lists_of_variables():
    net, var_list1, var_list2 = network()
    opt1 = GradientDescentOptimizer(0.00001)
    opt2 = GradientDescentOptimizer(0.0001)
    for loss in losses(net):
        opt1.minimize(loss(), var_list=var_list1)
        opt2.minimize(loss(), var_list=var_list2)
    by_hand, *lists = network()
    for loss in losses(by_hand):
        for lr, params in zip((0.00001, 0.0001), lists, strict=True):  # the second after the first
            for p, g in zip(params, gradients(loss(), params), strict=True):
                p.data = p.data - lr * g
    for (name, p), q in zip(net.named_params(), by_hand.params(), strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-12, atol=1e-15, err_msg=name)


def test_two_optimizers_that_both_differentiate_before_either_moves():
    net, _, _ = network()
    table = {**dict.fromkeys(["l1", "l2", "l3", "l4", "l5"], 0.1), "l6": 1}
    step = layerwise.two_optimizers(net, table, GradientDescentOptimizer(0.0001))
    for loss in losses(net):
        step(loss)
    as_by_hand(net, 0.00001, 0.0001)


# One gradient, split over two optimizers:
#
#     var_list1 = [variables from first 5 layers]
#     var_list2 = [the rest of variables]
#     opt1 = tf.train.GradientDescentOptimizer(0.00001)
#     opt2 = tf.train.GradientDescentOptimizer(0.0001)
#     grads = tf.gradients(loss, var_list1 + var_list2)
#     grads1 = grads[:len(var_list1)]
#     grads2 = grads[len(var_list1):]
#     tran_op1 = opt1.apply_gradients(Zip(grads1, var_list1))
#     train_op2 = opt2.apply_gradients(Zip(grads2, var_list2))
#     train_op = tf.group(train_op1, train_op2)
#
# Differs: loss is called; Zip is zip, which Python has; tran_op1, train_op2 and tf.group go with the operations
# (tran_op1 is a slip: the group would have run the train_op1 of the recipe before).


def test_one_gradient_split_over_two_optimizers():
    net, var_list1, var_list2 = network()
    opt1 = GradientDescentOptimizer(0.00001)
    opt2 = GradientDescentOptimizer(0.0001)
    for loss in losses(net):
        grads = gradients(loss(), var_list1 + var_list2)
        grads1 = grads[:len(var_list1)]
        grads2 = grads[len(var_list1):]
        opt1.apply_gradients(zip(grads1, var_list1))
        opt2.apply_gradients(zip(grads2, var_list2))
    as_by_hand(net, 0.00001, 0.0001)


# Gradients changed between computing and applying them:
#
#     x = tf.Variable(tf.ones([]))
#     y = tf.Variable(tf.zeros([]))
#     loss = tf.square(x-y)
#     global_step = tf.Variable(0, name="global_step", trainable=False)
#
#     opt = tf.GradientDescentOptimizer(learning_rate=0.1)
#     grads_and_vars = opt.compute_gradients(loss, [x, y])
#     ygrad, _ = grads_and_vars[1]
#     train_op = opt.apply_gradients([grads_and_vars[0], (ygrad*2, y)], global_step=global_step)
#
#     init_op = tf.initialize_all_variables()
#     sess = tf.Session()
#     sess.run(init_op)
#     for i in range(5):
#         sess.run([train_op, loss, global_step])
#         print sess.run([x, y])
#
# Differs: Variable is Parameter, of NumPy's ones and zeros; the counter is one too, of a float, that nobody gives to
# the optimizer, so trainable goes; the lines from loss to train_op stand in the loop, without global_step and opt;
# the five lines of the session go; what is printed is collected.


def test_gradients_changed_between_computing_and_applying():
    x = Parameter(np.ones([], np.float32))
    y = Parameter(np.zeros([], np.float32))
    global_step = Parameter(0.0, name="global_step")
    opt = GradientDescentOptimizer(learning_rate=0.1)
    printed = []
    for _i in range(5):
        loss = F.square(x-y)
        grads_and_vars = opt.compute_gradients(loss, [x, y])
        ygrad, _ = grads_and_vars[1]
        opt.apply_gradients([grads_and_vars[0], (ygrad*2, y)], global_step=global_step)
        printed.append([x.item(), y.item()])
    as_printed = [[float(number) for number in line.strip("[]").split(",")] for line in PRINTED.splitlines()]
    np.testing.assert_allclose(printed, as_printed, rtol=0, atol=1e-7)
    assert global_step.item() == 5
    assert opt.params == [x, y]


# custom_gradient:
#
#     import tensorflow as tf
#
#     def lr_mult(alpha):
#         @tf.custom_gradient
#         def _lr_mult(x):
#             def grad(dy):
#                 return dy * alpha * tf.ones_like(x)
#             return x, grad
#         return _lr_mult
#
#     x0 = tf.Variable(1.)
#     x1 = tf.Variable(1.)
#     loss = tf.square(x0) + tf.square(lr_mult(0.1)(x1))
#
#     step = tf.train.GradientDescentOptimizer(learning_rate=0.1).minimize(loss)
#
#     sess = tf.InteractiveSession()
#     tf.global_variables_initializer().run()
#     tf.local_variables_initializer().run()
#
#     for _ in range(5):
#         sess.run([step])
#         print(sess.run([x0, x1, loss]))
#
# Differs: the import and the three lines of the session go; Variable is Parameter; ones_like is NumPy's, since a
# gradient is an array (and superfluous: dy has the shape already); loss stands in the loop, and minimize with it; the
# loss that is printed is computed anew, as the second run of the session did.


def test_a_gradient_of_ones_own_as_a_multiplier():
    def lr_mult(alpha):
        @custom_gradient
        def _lr_mult(x):
            def grad(dy):
                return dy * alpha * np.ones_like(x)
            return x, grad
        return _lr_mult

    x0 = Parameter(1.)
    x1 = Parameter(1.)

    def loss():
        return F.square(x0) + F.square(lr_mult(0.1)(x1))

    optimizer = GradientDescentOptimizer(learning_rate=0.1)
    for _ in range(5):
        optimizer.minimize(loss())
    np.testing.assert_allclose([x0.item(), x1.item()], [0.32768, 0.9039208], rtol=0, atol=1e-7)
    np.testing.assert_allclose(loss().item(), 0.924447, atol=1e-6)


# A table of multipliers:
#
#     self.lr_multipliers[var.op.name] = lr_mult
#     ...
#     def _train_op(self):
#         tf.scalar_summary('learning_rate', self._lr_placeholder)
#         opt = tf.train.GradientDescentOptimizer(self._lr_placeholder)
#         grads_and_vars = opt.compute_gradients(self._loss)
#         grads_and_vars_mult = []
#         for grad, var in grads_and_vars:
#             grad *= self._network.lr_multipliers[var.op.name]
#             grads_and_vars_mult.append((grad, var))
#             tf.histogram_summary('variables/' + var.op.name, var)
#             tf.histogram_summary('gradients/' + var.op.name, grad)
#         return opt.apply_gradients(grads_and_vars_mult)
#
# Differs: the three lines that write summaries go; the placeholder is a number; `self` is gone, with the class that is
# not in the text; var.op.name is var.name, which the optimizer knows after setup, so setup stands before the loop.


def test_a_table_of_multipliers_by_name():
    net, var_list1, _ = network()
    opt = GradientDescentOptimizer(0.0001)
    opt.setup(net)
    lr_multipliers = {}
    for var in net.params():
        lr_multipliers[var.name] = 0.1 if any(var is v for v in var_list1) else 1.0
    for loss in losses(net):
        grads_and_vars = opt.compute_gradients(loss())
        grads_and_vars_mult = []
        for grad, var in grads_and_vars:
            grad *= lr_multipliers[var.name]
            grads_and_vars_mult.append((grad, var))
        opt.apply_gradients(grads_and_vars_mult)
    as_by_hand(net, 0.00001, 0.0001)


# stop_gradient:
#
#     x = layer1(input)
#     x = layer2(x)
#     x = 1/100*x + (1-1/100)*tf.stop_gradient(x)
#     output = layer3(x)
#
# Differs: nothing but `tf.`. (In the Python 2 of the page 1/100 is 0, and the two layers were frozen.)


def test_a_factor_on_an_activation():
    layer1, layer2, layer3 = (eo.links.Linear(*size, layer=k, dtype=np.float64)
                              for k, size in enumerate([(3, 4), (4, 4), (4, 2)]))
    net = eo.Chain()
    net.layer1, net.layer2, net.layer3 = layer1, layer2, layer3
    input = np.random.default_rng(0).normal(size=(5, 3))

    def plain(input):
        return layer3(layer2(layer1(input)))

    def slow(input):
        x = layer1(input)
        x = layer2(x)
        x = 1/100*x + (1-1/100)*stop_gradient(x)
        output = layer3(x)
        return output

    np.testing.assert_allclose(slow(input).data, plain(input).data, rtol=1e-12)
    params = list(net.params())
    found, whole = (gradients(F.square(output(input)).sum(), params) for output in (slow, plain))
    for (name, _), g, other in zip(net.named_params(), found, whole, strict=True):
        np.testing.assert_allclose(g, other * (1 if name.startswith("layer3") else 0.01), rtol=1e-9, err_msg=name)
    optimizer = GradientDescentOptimizer(0.001)
    before = [p.data.copy() for p in params]
    optimizer.minimize(F.square(slow(input)).sum(), params)
    for (name, p), start, other in zip(net.named_params(), before, whole, strict=True):
        rate = 0.001 if name.startswith("layer3") else 0.00001
        np.testing.assert_allclose(start - p.data, rate * other, rtol=1e-6, atol=1e-15, err_msg=name)


# The same table with a default:
#
#     from collections import defaultdict
#     self.learning_rates = defaultdict(lambda: 1.0)
#     ...
#     x = tf.layers.Dense(3)(x)
#     self.learning_rates[x.op.name] = 2.0
#     ...
#     optimizer = tf.train.MomentumOptimizer(learning_rate=1e-3, momentum=0.9)
#     grads_and_vars = optimizer.compute_gradients(loss)
#     grads_and_vars_mult = []
#     for grad, var in grads_and_vars:
#         grad *= self.learning_rates[var.op.name]
#         grads_and_vars_mult.append((grad, var))
#     train_op = optimizer.apply_gradients(grads_and_vars_mult, tf.train.get_global_step())
#
# Differs: `self` is gone; the layers are made first; var.op.name is var.name, so setup stands before the loop; the
# counter is a Parameter of one's own. The key of the text is the name of what a layer puts out, "dense/BiasAdd", and
# is looked up by the name of a variable, "dense/kernel": it never matches, and every variable gets 1.0.


def defaults(key):
    net, _, _ = network()
    learning_rates = defaultdict(lambda: 1.0)
    learning_rates[key] = 2.0
    optimizer = MomentumOptimizer(learning_rate=1e-3, momentum=0.9)
    optimizer.setup(net)
    global_step = Parameter(0.0)
    for loss in losses(net):
        grads_and_vars = optimizer.compute_gradients(loss())
        grads_and_vars_mult = []
        for grad, var in grads_and_vars:
            grad *= learning_rates[var.name]
            grads_and_vars_mult.append((grad, var))
        optimizer.apply_gradients(grads_and_vars_mult, global_step)
    assert global_step.item() == 4
    return net


def test_a_table_that_answers_1_to_what_it_does_not_know():
    as_by_hand(defaults("l1/BiasAdd"), 1e-3, 1e-3, momentum=0.9)  # as in the text: nothing was doubled
    with pytest.raises(AssertionError):
        as_by_hand(defaults("l1.W"), 1e-3, 1e-3, momentum=0.9)  # the key mended: now something is


def test_the_same_table_mended():
    net, _, _ = network()
    table = {**dict.fromkeys(["l1", "l2", "l3", "l4", "l5"], 2.0), "l6": 1}
    with pytest.raises(KeyError, match="no 'l1/BiasAdd' in this network"):
        layerwise.named_multipliers(net, {**table, "l1/BiasAdd": 2.0}, MomentumOptimizer(1e-3))
    optimizer = MomentumOptimizer(learning_rate=1e-3, momentum=0.9)
    step = layerwise.named_multipliers(net, table, optimizer)
    for loss in losses(net):
        step(loss)
    as_by_hand(net, 2e-3, 1e-3, momentum=0.9)


def test_a_multiplier_changes_where_training_ends():
    """(x - y) ** 2 with y's gradient doubled: both end at 2/3, where they would meet at 1/2."""
    x, y = Parameter(1.0), Parameter(0.0)
    opt = GradientDescentOptimizer(learning_rate=0.1)
    for _ in range(60):
        (xgrad, _), (ygrad, _) = opt.compute_gradients(F.square(x-y), [x, y])
        opt.apply_gradients([(xgrad, x), (ygrad*2, y)])
    np.testing.assert_allclose([x.item(), y.item()], 2 / 3, atol=1e-9)
