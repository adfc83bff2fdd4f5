"""How parameters come to an optimizer: `setup`, groups as torch has them, values by pattern, networks that change."""

import fnmatch

from .arguments import all_values, spelled
from .hyperparameters import EXTRAS, checked, listed
from .link import Link
from .members import warn
from .newest import become_newest
from .targets import named_params, refuse_read_only

ALSO = ("initial_lr", "name")  # what a group may hold for schedules and readers


class Adding:
    """The part of an optimizer that takes in parameters, and what is said of them by name."""

    def setup(self, target, keep=False):
        """Take charge of a network's parameters, or of a list of them.

        Called again it keeps everything it has, state and counts included, and adds what is new. A network is
        watched: a parameter that it gets later is noticed at the next step, one that leaves it is let go.

        Parameters
        ----------
        target : Link, Parameter or iterable of Parameter
        keep : bool, optional
            Take over what the newest other optimizer was told of these parameters: switches, hooks, and the
            values this rule knows. Otherwise a warning lists them.

        Returns
        -------
        Optimizer
            Itself.

        Raises
        ------
        TypeError
            If target is none of these.
        ValueError
            If a parameter is listed twice or read-only, or a hyperparameter does not suit its dtype.

        Examples
        --------
        >>> import numpy as np, edu_optim as eo
        >>> p = eo.Parameter(np.array([1.0, 2.0]))
        >>> optimizer = eo.SGD(lr=0.1).setup([p])
        >>> p.grad = np.array([1.0, -1.0])
        >>> optimizer.step()
        >>> p.data
        array([0.9, 2.1])
        """
        self._refuse_in_step("setup")
        named = named_params(target)
        self._check(named)
        self._look(keep)
        new = self._members.new(named)
        if isinstance(target, Link):
            self.target = target
        self._members.watch(target, [p for _, p in named], new)
        if new:
            self._gather((self._tree.root, new))
        else:
            self._arrange()
        links = {link: self._tree.links[link] for link in target.links()} if isinstance(target, Link) else {}
        become_newest([self._members.update_rules[p] for _, p in named], links, keep)
        return self

    def _arrange(self):
        """The same parameters, perhaps at other places of the network: states stay where they are."""
        self._tree.arrange(self._members)
        self._tree.refill(self._members.update_rules.values())

    def _check(self, named):
        """Refuse what cannot be optimized before anything is touched."""
        dtypes = {p.dtype for _, p in named}
        for node in [self._tree.root, *self._tree.links.values()]:
            rule = node._nearest_rule()
            known = {n: v for n, v in node._own.items() if n in rule.hyperparameters or n in EXTRAS}
            checked(rule, known, dtypes)
        self._check_params(named)

    def _check_params(self, named):
        refuse_read_only(named)
        for name, p in named:
            if p not in self._members.update_rules:
                self.rule.refuse_shape(name, p.shape)

    def _look(self, keep=False):
        """Where any network has changed: take in what is new in ours, let go what has left them."""
        if self._stepping or not self._members.changed():  # what a hook adds is noticed at the next step
            return
        members, now = self._members, self._members.now()
        new = members.new(now)
        self._check(new)
        left = members.let_go(now)
        before, told = dict(self._tree.links), list(self._tree.groups)
        if new or left:
            self._gather((self._tree.root, new))
        members.of_network.update(p for _, p in new)
        members.rename(now)
        if not (new or left):
            self._arrange()
        members.up_to_date()
        for link, node in before.items():
            if link not in self._tree.links:
                node._leave()
                link._forget(node)
        links = {link: node for link, node in self._tree.links.items() if link not in before}
        become_newest([members.update_rules[p] for _, p in new], links, keep)
        if left:
            warn(f"{', '.join(left)} left the network, and with it the state {self.rule.name} had for it; a parameter "
                 "in its place starts anew")
        lost = [f"{node._name} ({listed(node._own)})" for node in told if node not in self._tree.groups]
        if lost:
            warn(f"{', '.join(lost)} left the network, and with it the values that were set there")

    def add_param_group(self, group):
        """Take in a group of parameters with values of its own, as torch does.

        Parameters
        ----------
        group : dict
            ``params``, as for `setup`, and any hyperparameters; those left out are the constructor's. It may also
            hold ``initial_lr`` and ``name``, which are kept as they are; whatever else a caller wants to keep there
            is added afterwards, ``optimizer.param_groups[-1]["depth"] = 3``.

        Raises
        ------
        TypeError, ValueError
            If a parameter is here already, or something is not allowed; nothing has changed then.
        """
        self._add_groups([group])

    def _add_groups(self, groups):
        self._refuse_in_step("add_param_group")
        self._look()
        found, seen = [], {}
        for group in groups:
            found.append(self._checked_group(group, seen))
        count, new = len(self._members.update_rules), []
        for named, values, others in found:
            node = self._tree.add_group(values)
            self._tree.groups[node]._added.update(others)
            new.append((node, [(name or f"p{count + k}", p) for k, (name, p) in enumerate(named)]))
            count += len(named)
        self._gather(*new)
        become_newest([self._members.update_rules[p] for p in seen], {}, False)

    def _checked_group(self, group, seen):
        """([(name or None, parameter)], every value, other entries) of a group that may be added."""
        if not isinstance(group, dict) or "params" not in group:
            raise TypeError(
                f"a group is a dict with 'params' in it, {{'params': [p, q], 'lr': 0.1}}, not {group!r}; "
                "a list holds groups or parameters, not both")
        rule, target = self.rule, group["params"]
        named = named_params(target)
        for name, p in named:
            if p in self._members.update_rules or p in seen:
                raise ValueError(f"{p.name or name} is in a group of this optimizer already, and would be moved "
                                 "twice a step: list it in one group only")
            seen[p] = name
        _, given = spelled(rule, None, None, {name: value for name, value in group.items() if name != "params"})
        names = [*rule.hyperparameters, *(n for n in EXTRAS if n not in rule.hyperparameters)]
        others = {n: v for n, v in given.items() if n not in names}
        unknown = [n for n in others if n not in ALSO]
        if unknown:
            raise TypeError(f"{rule.name} has no hyperparameter {unknown[0]!r}: a group has params, "
                            f"{', '.join([*names, *ALSO])}")
        values = all_values(rule, {n: v for n, v in given.items() if n in names}, tuple(EXTRAS))
        aside = {h.instead_of for n, h in rule.hyperparameters.items() if n in given}  # eps beside eps_hat
        values |= {n: v for n, v in self._defaults.items() if n not in given and n not in aside}
        checked(rule, values, {p.dtype for _, p in named})
        self._check_params(named)
        if isinstance(target, Link):  # which is part of a network, and says so in the names
            named = [(f"{target.name}.{name}" if target.name else name, p) for name, p in named]
        else:
            named = [(p._name, p) for _, p in named]
        return named, values, others

    def override(self, table):
        """Set hyperparameters of parameters by the pattern of their names.

        Parameters
        ----------
        table : dict
            Pattern to values, as in ``{"l1.*": {"lr_mult": 0.1}, "*.b": {"weight_decay": 0}}``. A pattern is a name
            with ``*`` for any text, ``?`` for a letter and ``[ab]`` for one of several.

        Raises
        ------
        ValueError
            If a pattern matches no parameter, two set the same value of the same parameter, or a value is not
            allowed; nothing has changed then.
        AttributeError
            If a parameter's rule has no such hyperparameter.

        Examples
        --------
        >>> import edu_optim as eo
        >>> net = eo.links.MLP(2, 2, 1)
        >>> optimizer = eo.SGD(net, lr=0.1)
        >>> optimizer.override({"l1.*": {"lr_mult": 0.1}, "*.b": {"weight_decay": 0}})
        >>> [round(u.rate, 3) for u in optimizer.update_rules]
        [0.01, 0.01, 0.1, 0.1]
        """
        if not isinstance(table, dict) or not all(isinstance(values, dict) for values in table.values()):
            raise TypeError(f"override takes a dict of dicts, {{'l1.*': {{'lr': 0.1}}}}, not {table!r}")
        odd = next((pattern for pattern in table if not isinstance(pattern, str)), None)
        if odd is not None:
            raise TypeError(f"the pattern {odd!r} is not a text: 'l1.*' for a layer, say, or '*.b' for all named b")
        by_name = {u.name: u for u in self.update_rules}
        wanted = {}
        for pattern, values in table.items():
            matched = [u for name, u in by_name.items() if fnmatch.fnmatchcase(name, pattern)]
            if not matched:
                raise ValueError(f"the pattern {pattern!r} matches no parameter: there are "
                                 f"{', '.join(by_name) or 'none, before setup'}")
            for u in matched:
                _, given = spelled(u.rule, None, None, values)
                for name, value in given.items():
                    other = wanted.setdefault((u, name), (pattern, value))[0]
                    if other != pattern:
                        raise ValueError(f"the patterns {other!r} and {pattern!r} both set {name} of {u.name}: make "
                                         "one of them narrower")
        values = {(u, name): self._tree.check(u.hyperparam, name, value) for (u, name), (_, value) in wanted.items()}
        for (u, name), value in values.items():
            self._tree.write(u.hyperparam, {name: value})
