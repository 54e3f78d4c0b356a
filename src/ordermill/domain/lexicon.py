"""Words for things that pictures show: names of the same thing, and kinds of things.

A line is a kind, a colon and what is one of it; `=` joins names of the same thing. What has kinds below it has a line
of its own. Words are singular and in lower case. It is a list of everyday things, not a dictionary: of a word that is
not in it nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

_WIDE: Final = """
animal mammal pet wildlife bird reptile fish insect plant food fruit vegetable drink vehicle clothing accessory
furniture electronics appliance kitchenware container tool instrument person building nature sport toy part equipment
machine device material
"""
GENERIC: Final = frozenset(_WIDE.split())
"""Kinds so wide that seeing one says little about which of it is there."""

_KINDS: Final = """
animal=creature : mammal, bird, reptile, fish, insect, pet, wildlife, amphibian
mammal : dog, cat, horse, cow, sheep, goat, pig, rabbit, rodent, monkey, bear, lion, tiger, leopard, elephant, giraffe
mammal : zebra
mammal : deer, wolf, fox, kangaroo, koala, camel, hippopotamus=hippo, rhinoceros=rhino, whale, dolphin, seal, sea lion
mammal : otter
mammal : panda=giant panda, bat, hedgehog, badger, weasel, skunk, sloth, llama, alpaca, bison, buffalo, antelope
mammal : gazelle
pet : dog, cat, rabbit, hamster, guinea pig, parrot, goldfish
wildlife : lion, tiger, leopard, elephant, giraffe, zebra, bear, wolf, fox, deer
dog=canine=puppy=pup=doggy=hound : retriever, terrier, spaniel, poodle, beagle, dachshund, collie, corgi, husky
dog : malamute
dog : bulldog, boxer dog, mastiff, rottweiler, dalmatian, chihuahua, pug, schnauzer, pinscher, doberman, setter
dog : pointer dog
dog : sheepdog, shepherd dog=german shepherd, bloodhound, greyhound, whippet, saluki, basset, pomeranian, samoyed
dog : chow
dog : pekinese=pekingese, maltese dog, papillon, shih tzu, lhasa, great dane, saint bernard, newfoundland, labrador
dog : labradoodle
cat=feline=kitten=kitty : tabby, siamese cat, persian cat, tiger cat, egyptian cat, burmese cat, manx
leopard : snow leopard, cheetah, jaguar, panther
bear : polar bear=ice bear, brown bear=grizzly, black bear
horse=pony=foal=mare=stallion : sorrel
cow=cattle=bull=calf=ox=oxen : heifer
sheep=lamb=ram=ewe : bighorn
pig=hog=piglet=swine : boar, warthog
rabbit=bunny : hare
rodent : mouse, rat, hamster, guinea pig, squirrel, beaver, chipmunk, gerbil
monkey=ape : chimpanzee=chimp, gorilla, orangutan, baboon, macaque, gibbon, lemur
bird=fowl : eagle, hawk, falcon, owl, parrot, duck, goose, swan, chicken=hen, rooster=cock, turkey, pigeon, dove
bird : sparrow, robin
bird : finch, crow, raven, magpie, jay, penguin, ostrich, flamingo, peacock, pelican, gull=seagull, stork, crane bird
bird : heron, quail
bird : hummingbird, woodpecker, toucan, macaw, cockatoo, vulture, kingfisher, hornbill, partridge
reptile : snake=serpent, lizard, turtle=tortoise, crocodile=alligator, gecko, iguana, chameleon, dinosaur
snake : cobra, python, viper, rattlesnake, boa
amphibian : frog=toad, salamander, newt
fish : shark, goldfish, salmon, trout, tuna, ray, eel, clownfish, carp
insect=bug : butterfly, bee, wasp, ant, beetle, ladybug=ladybird, fly, mosquito, grasshopper, dragonfly, moth, cricket
insect : mantis
animal : spider, scorpion, crab, lobster, snail, slug, jellyfish, octopus, squid, starfish, shrimp=prawn, worm, coral
plant=vegetation : tree, flower=blossom, grass, cactus, fern, bush=shrub, ivy, moss, houseplant=potted plant, leaf
plant : herb
tree : palm, oak, pine, fir, maple, birch, willow, christmas tree, bonsai
flower : rose, tulip, daisy, lily, orchid, sunflower, carnation, lavender, dandelion, bouquet, violet, peony
food=meal=dish : fruit, vegetable, bread, cake, pizza, burger, sandwich, soup, salad, pasta, meat, cheese, egg, rice
food : sushi
food : dessert, snack, chocolate, candy=sweets, ice cream, cookie=biscuit, hot dog, french fries=fries, burrito, taco
food : omelette
food : pancake, waffle, honey, jam, butter, noodle, curry, stew, sauce, cereal, nut, popcorn, chips=crisps, seafood
burger : hamburger, cheeseburger
bread : loaf=french loaf, bagel, baguette, bun, croissant, pretzel, toast
cake : cupcake, muffin, brownie, cheesecake, pie, tart
pasta : spaghetti, macaroni, lasagna, carbonara
meat : steak, beef, pork, ham, bacon, sausage, meat loaf, meatball, ribs
fruit : apple, banana, orange, lemon, lime, grape, strawberry, raspberry, blueberry, cherry, peach, pear, plum
fruit : pineapple, mango
fruit : melon, watermelon, kiwi, coconut, pomegranate, fig, jackfruit, custard apple, avocado, apricot, granny smith
vegetable : tomato, potato, carrot, onion, garlic, broccoli, cauliflower, cabbage, lettuce, spinach, cucumber
vegetable : bell pepper
vegetable : mushroom, corn, pumpkin, zucchini=courgette, eggplant=aubergine, bean, pea, artichoke, radish, celery
vegetable : asparagus, squash
drink=beverage : coffee, espresso, tea, beer, wine, juice, milk, cocktail, soda=lemonade=cola, water, smoothie, cocoa
drink : whisky=whiskey
wine : red wine, champagne
vehicle=transportation=transport : car, truck, bus, motorcycle, bicycle, train, boat, airplane, van, tractor, scooter
vehicle : tram, tank
vehicle : helicopter, ambulance, fire engine=fire truck, trailer, snowmobile, golf cart, wagon, forklift, bulldozer
vehicle : sled, balloon
car=automobile=auto=motorcar=motor car : sedan, saloon, coupe, convertible, hatchback, limousine=limo, taxi=cab
car : minivan, suv, jeep
car : sports car, racer=race car, roadster, station wagon=beach wagon=estate car, beetle car, pickup car, ambulance
car : police car
truck=lorry : pickup=pickup truck, tow truck, trailer truck, garbage truck, moving van, fire engine, dump truck
bus=coach=omnibus : minibus, school bus, trolleybus
motorcycle=motorbike : moped, dirt bike
bicycle=bike=pushbike=cycle : mountain bike, tandem, ebike, tricycle
train=railway : locomotive, steam locomotive, bullet train, freight car
boat=watercraft : ship, sailboat, yacht, canoe, kayak, ferry, speedboat, raft, gondola, lifeboat, submarine, catamaran
boat : trimaran
ship=vessel : container ship, ocean liner, aircraft carrier, pirate ship, fireboat, cruise ship
airplane=aeroplane=aircraft=plane=jet : airliner, warplane, glider, seaplane, biplane
clothing=apparel=clothes=garment=outfit : shirt, trousers, dress, skirt, jacket, coat, sweater, underwear, suit, hat
clothing : shoe, sock, glove
clothing : scarf, tie, swimwear, uniform, jeans, shorts, apron, vest=waistcoat, robe=bathrobe, pajamas=pyjamas, kimono
clothing : cloak, jersey
clothing : gown, sarong, poncho, miniskirt, blouse, belt, mitten, leggings, tuxedo
shirt : t-shirt=tshirt=tee, polo shirt, blouse
trousers=pants : jeans=denim, leggings, sweatpants, chinos
dress : gown, wedding dress
jacket=blazer : raincoat, parka, windbreaker, anorak
coat=overcoat : trench coat, fur coat, lab coat, raincoat
sweater=pullover=jumper=sweatshirt : cardigan, hoodie
underwear : bra=brassiere, panties, boxers, lingerie
swimwear : swimsuit, bikini, swimming trunks, bathing cap
hat=cap=headwear : baseball cap, cowboy hat, sombrero, helmet, beanie, bonnet, turban, crown
helmet : crash helmet, football helmet, hardhat
shoe=footwear : sneaker=trainer=running shoe, boot, sandal, slipper, loafer, heel, clog, flip flop
boot : cowboy boot, wellington
accessory=accessories : bag, belt, watch, jewelry, glasses, sunglasses, scarf, tie, glove, hat, umbrella, wallet=purse
bag=luggage=baggage : handbag, backpack=rucksack=knapsack, suitcase, briefcase, tote, mailbag, plastic bag
bag : shopping bag, duffel
jewelry=jewellery=adornment : ring, necklace, bracelet, earring, pendant, brooch, tiara
watch=wristwatch=wrist watch : stopwatch, digital watch, smartwatch, analog watch
glasses=spectacles=eyeglasses : sunglasses=shades, goggles
furniture=furnishing : chair, table, sofa, bed, desk, bookcase=bookshelf, cabinet, wardrobe=closet, shelf, bench
furniture : stool, dresser, crib=cradle
furniture : lamp, mirror, drawer, chest, nightstand, ottoman, hammock, china cabinet, entertainment center, cupboard
chair=seat : armchair, rocking chair, folding chair, barber chair, throne, office chair, wheelchair
sofa=couch=settee=loveseat : studio couch, futon
table : dining table, coffee table, pool table, desk
bed=mattress : four poster, bunk bed
home decor : rug=carpet, curtain=drape, pillow=cushion, blanket=quilt=comforter, vase, candle, clock
home decor : towel, doormat
lamp=light=lantern : table lamp, lampshade, chandelier, torch=flashlight, spotlight, candle, light bulb=bulb
clock : wall clock, alarm clock, analog clock, digital clock, hourglass, sundial
electronics=electronic device=gadget : computer, phone, television, camera, headphones, speaker, tablet, radio
electronics : printer, monitor
electronics : keyboard, mouse, console, remote=remote control, microphone, charger, cable, projector, router, ipod
electronics : joystick, modem
electronics : calculator, watch, drone, hard disk=hard disc=hard drive, battery, earphones=earbuds, adapter
computer=pc : laptop=notebook computer=notebook, desktop=desktop computer, tablet=tablet computer=ipad, server
computer : hand-held computer
phone=telephone : mobile phone=cell phone=cellphone=cellular telephone=smartphone=mobile=iphone=handset
phone : dial telephone, pay phone
mouse=computer mouse
keyboard=computer keyboard : typewriter keyboard
television=tv=telly
monitor=screen=display : computer screen
camera : reflex camera, polaroid camera, webcam, camcorder, digital camera, tripod, lens
headphones=headphone=headset=earphone : earbuds
speaker=loudspeaker : subwoofer, soundbar
console : game console, gamepad, joystick
appliance=home appliance : refrigerator=fridge=icebox, oven=stove, microwave=microwave oven, dishwasher
appliance : washer=washing machine
appliance : toaster, blender, vacuum=vacuum cleaner, iron, kettle, fan=electric fan, heater, dryer, coffeepot
appliance : waffle iron, mixer
appliance : sewing machine, espresso maker=coffee maker, air conditioner, crock pot, freezer
kitchenware=tableware=utensil=cookware : cup, plate, bowl, pan, pot, spoon, fork, knife, glass, bottle, jug, teapot
kitchenware : spatula, ladle
kitchenware : wok, strainer=colander, tray, corkscrew, rolling pin, cutting board, dutch oven, whisk
kitchenware : cutlery, measuring cup
cup=mug=coffee cup=coffee mug=teacup=tea cup : beaker, tumbler
plate=saucer : dinner plate
bowl : soup bowl, mixing bowl
pan=frying pan=skillet=saucepan
pot=cooking pot : caldron=cauldron, teapot, flowerpot
knife=blade : cleaver, dagger, penknife
glass : wine glass, goblet, beer glass
bottle=flask : water bottle, beer bottle, wine bottle, pop bottle, pill bottle, perfume, thermos
jug=pitcher : water jug, whiskey jug, ewer
container : box, bottle, bucket=pail, basket, jar, barrel, tin, crate, carton, bin=ashcan, safe
container : tub=bathtub, envelope
basket : shopping basket, hamper, shopping cart
tool=hardware : hammer, screwdriver, saw=chainsaw, wrench=spanner, drill=power drill, axe=hatchet, shovel=spade
tool : pliers, screw, nail
tool : ladder, lawn mower=mower, broom, rake, scissors, tape, brush=paintbrush, plunger, plane tool, measuring tape
tool : ruler, rule, plow
hardware : lock=padlock=combination lock, key, hook, chain, hinge, switch, wheel, tire=tyre, engine=motor
instrument=musical instrument : guitar, piano, violin=fiddle, drum, flute, trumpet=cornet, saxophone=sax, cello, harp
instrument : accordion, harmonica
instrument : trombone, oboe, bassoon, banjo, ukulele, maraca, gong, marimba=xylophone, organ, french horn, clarinet
instrument : bagpipe, ocarina
guitar : acoustic guitar, electric guitar, bass guitar
piano : grand piano, upright piano, keyboard
sport=sports=sports equipment : ball, racket=racquet, bat, ski, skateboard, surfboard, snowboard, dumbbell, barbell
sport : golf club, goal, puck
sport : bow, parachute, punching bag, volleyball, treadmill, skate, fishing rod, paddle, yoga mat, tent
sport : basketball hoop
ball : football=soccer ball, basketball, baseball, tennis ball, golf ball, volleyball, rugby ball, croquet ball
ball : ping pong ball
toy=plaything : teddy bear=teddy, doll, puzzle=jigsaw puzzle, lego, kite, swing, balloon, rubiks cube
toy : plush, figurine
stationery=office supplies : pen=ballpoint=fountain pen, pencil, eraser=rubber eraser, notebook paper, paper, marker
stationery : stapler, envelope, crayon
publication=book : comic book, magazine, novel, dictionary, textbook, menu, newspaper, map, binder, diary, calendar
art : painting, sculpture=statue, drawing, pottery
cosmetics : lipstick, perfume=cologne, lotion, sunscreen=sunblock, hair spray, makeup, face powder, shampoo, soap
cosmetics : cream, nail polish
medicine : pill, syringe, bandage=band aid, stethoscope, thermometer, mask, crutch
baby supplies : stroller=pram=buggy, diaper=nappy, pacifier, bib, cradle
person=people=human=adult=portrait=face=selfie : man, woman, child, baby, bride=groom, player, diver, crowd, soldier
person : chef
man=male=boy=guy=gentleman
woman=female=girl=lady
child=kid=toddler=infant=baby : boy, girl
building=architecture : house, church, castle, palace, tower, skyscraper, barn, shop=store, bridge, mosque, temple
building : hotel, factory, hut
building : garage, greenhouse, lighthouse, library, monastery, restaurant, stadium, cinema, cottage, office, apartment
building : windmill, shed
house=home=villa : mobile home, birdhouse
nature=landscape=outdoors=scenery : mountain, beach=seashore, lake, sea=ocean, river, forest=woods, desert, sky
nature : volcano, valley, waterfall
nature : island, cliff, snow, sunset=sunrise, cloud, field, garden, park, geyser, coast=lakeside
mountain=alp=peak=hill
weapon : gun=rifle, revolver=pistol, sword, bow, cannon, missile
money : coin, banknote, credit card, piggy bank
umbrella=parasol
part : case, cover, holder, stand, mount, sticker, strap, rack, kit, pouch, sleeve, refill, poster, label, handle, lid
flag=banner
"""


class Lexicon(NamedTuple):
    """`same` gives a name's one name, `kinds` that one's nearest kinds."""

    same: Mapping[str, str]
    kinds: Mapping[str, frozenset[str]]

    def known(self, name: str) -> bool:
        """Whether it names anything."""
        return name in self.same

    def above(self, name: str) -> dict[str, int]:
        """The name of the same thing and all its kinds, with how far up each is."""
        start = self.same.get(name, name)
        found, edge = {start: 0}, [start]
        while edge:
            edge = [kind for each in edge for kind in self.kinds.get(each, ()) if found.get(kind) is None]
            for kind in edge:
                found.setdefault(kind, len(found))
        return found


@cache
def lexicon() -> Lexicon:
    """The list, read once."""
    same, kinds = dict[str, str](), dict[str, set[str]]()

    def one_name(names: str) -> str:
        first, *others = (name.strip().replace("-", " ") for name in names.split("="))
        first = same.setdefault(first, first)
        for other in others:
            same.setdefault(other, first)
        return first

    lines = [line.partition(":") for line in _KINDS.strip().splitlines()]
    # Kinds first: what they are called there holds wherever they are one of another.
    heads = [one_name(head) for head, _, _ in lines]
    for head, (_, _, members) in zip(heads, lines, strict=True):
        for member in filter(None, map(str.strip, members.split(","))):
            name = one_name(member)
            if name != head:
                kinds.setdefault(name, set()).add(head)
    for name in [name for name in same if " " in name]:
        # Racecar, teddybear.
        same.setdefault(name.replace(" ", ""), same[name])
    return Lexicon(same, {name: frozenset(above) for name, above in kinds.items()})
