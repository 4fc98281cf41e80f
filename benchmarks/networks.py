"""Synthetic networks for the benchmarks: the same seed gives the same network."""

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from depgraph.measures.survival import Chain, Site

MAKERS = 6  # of a product, about


class Firms(NamedTuple):
    """Who delivers how much to whom, and who belongs to which sector: the arguments of `cascade.prepare`."""

    suppliers: NDArray[np.int64]
    users: NDArray[np.int64]
    amounts: NDArray[np.float64]
    sectors: NDArray[np.int64]
    essentiality: NDArray[np.int64]


def firms(nodes: int, edges: int, sectors: int = 86, seed: int = 1) -> Firms:
    """Draw a network of firms with heavy-tailed numbers of customers and of suppliers.

    About half of all sector pairs are non-essential, two in five essential, one in ten irrelevant.
    """
    rng = np.random.default_rng(seed)
    sells, buys = (_chances(rng, nodes) for _ in range(2))
    pairs = np.empty(0, dtype=np.int64)
    while pairs.size < edges:
        drawn = rng.choice(nodes, 2 * edges, p=sells) * nodes + rng.choice(nodes, 2 * edges, p=buys)
        pairs = np.unique(np.concatenate([pairs, drawn[drawn // nodes != drawn % nodes]]))
    pairs = np.sort(rng.choice(pairs, edges, replace=False))
    return Firms(
        suppliers=pairs // nodes,
        users=pairs % nodes,
        amounts=rng.lognormal(0, 1, edges),
        sectors=rng.integers(0, sectors, nodes),
        essentiality=rng.choice([2, 1, 0], (sectors, sectors), p=[0.4, 0.5, 0.1]),
    )


def _chances(rng: np.random.Generator, nodes: int) -> NDArray[np.float64]:
    """Draw how likely each node is to be at one end of an edge."""
    weight = rng.pareto(2.0, nodes) + 1
    return weight / weight.sum()


def tiers(sizes: tuple[int, int, int] = (1_000, 500, 200), near: int = 3, seed: int = 1) -> Chain:
    """Draw a chain of three tiers: materials, components that take 3 materials, goods that take 4 components.

    Each product has about six makers, each user of an input up to `near` of them as suppliers, of
    unequal weight. A site can make up to 30 % more than falls to it and keeps up to a fifth of a unit of
    time of it in stock: all demand can be met, and two removals in five hurt.
    """
    rng = np.random.default_rng(seed)
    products = [[f"{tier}{k:03d}" for k in range(size // MAKERS)] for tier, size in zip("ABC", sizes, strict=True)]
    makers = {
        product: [f"{product}-{place}" for place in range(k, size, len(made))]
        for made, size in zip(products, sizes, strict=True)
        for k, product in enumerate(made)
    }
    recipes = {
        product: {str(needed): float(rng.uniform(0.2, 2)) for needed in rng.choice(inputs, takes, replace=False)}
        for inputs, takes, made in ((products[0], 3, products[1]), (products[1], 4, products[2]))
        for product in made
    }
    demand = {good: float(rng.uniform(5, 20)) for good in products[2]}
    load = {name: demand[good] / len(makers[good]) for good in products[2] for name in makers[good]}
    links = set()
    for product in products[2] + products[1]:  # users before their suppliers
        for user, (needed, quantity) in itertools.product(makers[product], recipes[product].items()):
            chosen = rng.choice(makers[needed], min(near, len(makers[needed])), replace=False)
            for supplier, part in zip(map(str, chosen), rng.dirichlet(np.full(len(chosen), 2.0)), strict=True):
                links.add((supplier, user))
                load[supplier] = load.get(supplier, 0.0) + float(part) * quantity * load.get(user, 0.0)
    amounts = {name: (product, load.get(name, 0.0)) for product, names in makers.items() for name in names}
    sites = {
        name: Site(product, stock=amount * float(rng.uniform(0, 0.2)), capacity=amount * float(rng.uniform(1, 1.3)))
        for name, (product, amount) in amounts.items()
    }
    return Chain(sites, recipes, demand, links)
