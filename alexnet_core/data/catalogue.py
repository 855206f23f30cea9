"""The data sets that the lab knows by name: facts, no code.

Class names and their order are torchvision's, so that a label means the same here and there. The
classes of a set are compared without case, spaces and punctuation (`cards.comparable`), because
folders on a stick are called ``great_pyrenees`` where torchvision says ``Great Pyrenees``.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class KnownDataset:
    """A published data set."""

    name: str
    title: str
    classes: tuple[str, ...]
    train: int
    test: int
    size_mb: int
    """Megabytes to download."""
    licence: str
    purpose: str
    """What it is good for, one sentence."""
    val: int = 0
    aliases: dict[str, str] = field(default_factory=dict)
    """Other names of its class folders -> class name."""
    val_is_test: bool = False
    """It was published without a test split; its validation split is what people report."""


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.replace("\n", " ").split(","))


_CIFAR10 = _names("airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck")

_CIFAR100 = _names(
    """apple, aquarium_fish, baby, bear, beaver, bed, bee, beetle, bicycle, bottle, bowl, boy,
    bridge, bus, butterfly, camel, can, castle, caterpillar, cattle, chair, chimpanzee, clock,
    cloud, cockroach, couch, crab, crocodile, cup, dinosaur, dolphin, elephant, flatfish, forest,
    fox, girl, hamster, house, kangaroo, keyboard, lamp, lawn_mower, leopard, lion, lizard,
    lobster, man, maple_tree, motorcycle, mountain, mouse, mushroom, oak_tree, orange, orchid,
    otter, palm_tree, pear, pickup_truck, pine_tree, plain, plate, poppy, porcupine, possum,
    rabbit, raccoon, ray, road, rocket, rose, sea, seal, shark, shrew, skunk, skyscraper, snail,
    snake, spider, squirrel, streetcar, sunflower, sweet_pepper, table, tank, telephone,
    television, tiger, tractor, train, trout, tulip, turtle, wardrobe, whale, willow_tree, wolf,
    woman, worm"""
)

_FASHION = _names(
    "T-shirt/top, Trouser, Pullover, Dress, Coat, Sandal, Shirt, Sneaker, Bag, Ankle boot"
)

_FLOWERS = _names(
    """pink primrose, hard-leaved pocket orchid, canterbury bells, sweet pea, english marigold,
    tiger lily, moon orchid, bird of paradise, monkshood, globe thistle, snapdragon, colt's foot,
    king protea, spear thistle, yellow iris, globe-flower, purple coneflower, peruvian lily,
    balloon flower, giant white arum lily, fire lily, pincushion flower, fritillary, red ginger,
    grape hyacinth, corn poppy, prince of wales feathers, stemless gentian, artichoke,
    sweet william, carnation, garden phlox, love in the mist, mexican aster, alpine sea holly,
    ruby-lipped cattleya, cape flower, great masterwort, siam tulip, lenten rose, barbeton daisy,
    daffodil, sword lily, poinsettia, bolero deep blue, wallflower, marigold, buttercup,
    oxeye daisy, common dandelion, petunia, wild pansy, primula, sunflower, pelargonium,
    bishop of llandaff, gaura, geranium, orange dahlia, pink-yellow dahlia?, cautleya spicata,
    japanese anemone, black-eyed susan, silverbush, californian poppy, osteospermum,
    spring crocus, bearded iris, windflower, tree poppy, gazania, azalea, water lily, rose,
    thorn apple, morning glory, passion flower, lotus, toad lily, anthurium, frangipani, clematis,
    hibiscus, columbine, desert-rose, tree mallow, magnolia, cyclamen, watercress, canna lily,
    hippeastrum, bee balm, ball moss, foxglove, bougainvillea, camellia, mallow, mexican petunia,
    bromelia, blanket flower, trumpet creeper, blackberry lily"""
)

_IMAGENETTE = {
    "n01440764": "tench",
    "n02102040": "English springer",
    "n02979186": "cassette player",
    "n03000684": "chain saw",
    "n03028079": "church",
    "n03394916": "French horn",
    "n03417042": "garbage truck",
    "n03425413": "gas pump",
    "n03445777": "golf ball",
    "n03888257": "parachute",
}

_PETS = _names(
    """Abyssinian, American Bulldog, American Pit Bull Terrier, Basset Hound, Beagle, Bengal,
    Birman, Bombay, Boxer, British Shorthair, Chihuahua, Egyptian Mau, English Cocker Spaniel,
    English Setter, German Shorthaired, Great Pyrenees, Havanese, Japanese Chin, Keeshond,
    Leonberger, Maine Coon, Miniature Pinscher, Newfoundland, Persian, Pomeranian, Pug, Ragdoll,
    Russian Blue, Saint Bernard, Samoyed, Scottish Terrier, Shiba Inu, Siamese, Sphynx,
    Staffordshire Bull Terrier, Wheaten Terrier, Yorkshire Terrier"""
)

KNOWN = {
    known.name: known
    for known in (
        KnownDataset(
            name="cifar10",
            title="CIFAR-10",
            classes=_CIFAR10,
            train=50_000,
            test=10_000,
            size_mb=171,
            licence="no licence stated; cite Krizhevsky 2009",
            purpose="The small photographs of the shipped network: 32 pixels, ten things.",
        ),
        KnownDataset(
            name="cifar100",
            title="CIFAR-100",
            classes=_CIFAR100,
            train=50_000,
            test=10_000,
            size_mb=169,
            licence="no licence stated; cite Krizhevsky 2009",
            purpose="As CIFAR-10 with a hundred classes: far fewer pictures of each.",
        ),
        KnownDataset(
            name="fashion-mnist",
            title="Fashion-MNIST",
            classes=_FASHION,
            train=60_000,
            test=10_000,
            size_mb=31,
            licence="MIT",
            purpose="Grey clothes of 28 pixels: the quickest real pictures to learn from.",
        ),
        KnownDataset(
            name="flowers102",
            title="Flowers-102",
            classes=_FLOWERS,
            train=1_020,
            val=1_020,
            test=6_149,
            size_mb=345,
            licence="no licence stated; cite Nilsback and Zisserman 2008",
            purpose="Ten pictures of each flower to learn from: where finetuning pays.",
        ),
        KnownDataset(
            name="imagenette",
            title="Imagenette (160 px)",
            classes=tuple(_IMAGENETTE.values()),
            train=9_469,
            test=3_925,
            size_mb=99,
            licence="Apache-2.0 for the list; the pictures are ImageNet's",
            purpose="Ten easy classes of ImageNet: photographs at a size a laptop can train on.",
            aliases=_IMAGENETTE,
            val_is_test=True,
        ),
        KnownDataset(
            name="oxford-pets",
            title="Oxford-IIIT Pet",
            classes=_PETS,
            train=3_680,
            test=3_669,
            size_mb=811,
            licence="CC BY-SA 4.0",
            purpose="Breeds of cats and dogs: differences that hide in details.",
        ),
    )
}
"""Every published data set that the lab can fetch, by name."""
