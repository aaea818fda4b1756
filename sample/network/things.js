/**
 * What can be in a picture. Shapes stand on (0, 0) and reach upwards, those of the sky are centred on it;
 * they are about 50 units tall and take the fill of the group around them.
 *
 * @typedef {object} Thing
 * @property {string[]} nouns singular; the first is the plain word, the others are understood and used by poets
 * @property {string[]} [plurals] where not the singular with an s
 * @property {"ground" | "sky" | "water"} stands
 * @property {string[]} colours the usual one first
 * @property {string[]} verbs what a poet says of one; `{s}` ends the verb where there is only one
 * @property {string[]} homes settings where nobody is surprised to see it
 * @property {string[]} lookAlikes what it is taken for
 * @property {string} shape
 */

/** @type {Record<string, Thing>} */
export const things = {
  boat: {
    nouns: ["boat", "sailing boat", "little ship"],
    stands: "water",
    colours: ["red", "blue", "white", "green"],
    verbs: ["rock{s} on the tide", "come{s} home", "wait{s} with its sail up"],
    homes: ["harbour", "lake", "beach"],
    lookAlikes: ["bowl", "duck", "tent"],
    shape: '<path fill="#fdf8e8" d="M2-14V-56L26-18ZM-2-16V-46L-20-18Z"/><path d="M-30-13H30L20 3H-20Z"/>',
  },
  duck: {
    nouns: ["duck"],
    stands: "water",
    colours: ["yellow", "white", "brown"],
    verbs: ["paddle{s} in circles", "glide{s} by"],
    homes: ["lake", "farm"],
    lookAlikes: ["boat", "teapot"],
    shape:
      '<path d="M-24-12Q-6-8 4-16Q0-36 14-36Q26-34 22-20Q26 2 2 3Q-20 3-24-12Z"/><path fill="#e58435" d="M25-29l10 3-11 3Z"/><circle cx="17" cy="-28" r="1.5"/>',
  },
  whale: {
    nouns: ["whale"],
    stands: "water",
    colours: ["blue", "grey", "white"],
    verbs: ["blow{s} a plume of spray", "roll{s} in the waves"],
    homes: ["harbour", "beach"],
    lookAlikes: ["boat", "kettle"],
    shape:
      '<path d="M-32 2Q-34-28-2-28Q22-26 26-12L28-30 36-24 44-32Q44-14 30-6Q24 3 8 3Z"/><path fill="none" stroke="#fff" stroke-width="3" d="M-8-32q-2-12-12-12m12 12q0-12 10-14"/><circle cx="-20" cy="-11" r="2" fill="#222"/>',
  },
  lighthouse: {
    nouns: ["lighthouse", "beacon"],
    stands: "ground",
    colours: ["white", "red", "yellow"],
    verbs: ["keep{s} watch", "turn{s} its beam"],
    homes: ["harbour", "beach"],
    lookAlikes: ["candle", "windmill", "lamp"],
    shape:
      '<path d="M-12 0L-8-62H8L12 0Z"/><path fill="#c9402f" d="M-11-18L-10-32H10L11-18ZM-11-74L0-86 11-74Z"/><path fill="#ffe9a0" d="M-8-74H8V-62H-8Z"/>',
  },
  gull: {
    nouns: ["gull", "seagull", "white bird"],
    stands: "sky",
    colours: ["white", "grey"],
    verbs: ["wheel{s} overhead", "call{s} above the roofs", "ride{s} the wind"],
    homes: ["harbour", "beach"],
    lookAlikes: ["kite", "cloud"],
    shape: '<path d="M-22-8Q-10-16 0-2Q10-16 22-8Q10-10 3 5Q0 9-3 5Q-10-10-22-8Z"/>',
  },
  moon: {
    nouns: ["moon", "crescent moon"],
    stands: "sky",
    colours: ["yellow", "white", "golden"],
    verbs: ["hang{s} low", "look{s} on", "rise{s} slowly"],
    homes: ["hilltop", "forest"],
    lookAlikes: ["sun", "boat", "lemon"],
    shape: '<path d="M6-22A22 22 0 1 0 20 12A18 18 0 0 1 6-22Z"/>',
  },
  sun: {
    nouns: ["sun"],
    stands: "sky",
    colours: ["yellow", "orange", "red"],
    verbs: ["burn{s} above", "climb{s} higher", "sink{s} out of sight"],
    homes: ["desert", "meadow", "beach"],
    lookAlikes: ["moon", "balloon", "sunflower"],
    shape:
      '<path stroke="#f4cf58" stroke-width="3" d="M0-30V30M-30 0H30M-21-21L21 21M21-21L-21 21"/><circle r="19"/>',
  },
  star: {
    nouns: ["star"],
    stands: "sky",
    colours: ["yellow", "white", "golden"],
    verbs: ["glitter{s}", "fall{s} without a sound"],
    homes: ["hilltop", "desert", "village"],
    lookAlikes: ["kite", "gull"],
    shape: '<path d="M0-20L5-6 19-6 8 3 12 17 0 9-12 17-8 3-19-6-5-6Z"/>',
  },
  cloud: {
    nouns: ["cloud"],
    stands: "sky",
    colours: ["white", "grey", "pink"],
    verbs: ["drift{s} past", "gather{s} slowly"],
    homes: ["meadow", "lake", "farm"],
    lookAlikes: ["sheep", "gull", "balloon"],
    shape: '<path d="M-28 10Q-38-6-20-8Q-14-24 4-18Q20-22 22-6Q38-4 30 10Z"/>',
  },
  kite: {
    nouns: ["kite"],
    stands: "sky",
    colours: ["red", "purple", "green", "blue"],
    verbs: ["tug{s} at the string", "dance{s} in the wind"],
    homes: ["beach", "meadow", "hilltop"],
    lookAlikes: ["gull", "star", "balloon"],
    shape: '<path d="M0-26L18-4 0 22-18-4Z"/><path fill="none" d="M0-26V22M-18-4H18M0 22q8 8 0 16t2 16"/>',
  },
  balloon: {
    nouns: ["hot-air balloon", "balloon"],
    stands: "sky",
    colours: ["orange", "red", "purple", "turquoise"],
    verbs: ["float{s} by", "sail{s} over everything"],
    homes: ["desert", "meadow"],
    lookAlikes: ["sun", "kite", "umbrella"],
    shape:
      '<path d="M-6 26L-22 2A25 25 0 1 1 22 2L6 26Z"/><path fill="#fdf8e8" d="M-4 26L-9 0Q-8-22 0-32 8-22 9 0L4 26Z"/><path fill="#8f6341" d="M-7 32H7V42H-7Z"/>',
  },
  house: {
    nouns: ["house", "cottage"],
    stands: "ground",
    colours: ["white", "yellow", "pink", "brown"],
    verbs: ["sleep{s} with its windows lit", "stand{s} with an open door"],
    homes: ["village", "farm", "lake"],
    lookAlikes: ["tent", "book", "train"],
    shape:
      '<path d="M-24 0V-32H24V0Z"/><path fill="#a8483a" d="M-30-30L0-56 30-30Z"/><path fill="#ffe9a0" d="M-17-24h11v11h-11ZM6-24h11v11h-11Z"/><path fill="#6b4a32" d="M-5 0v-14H5V0Z"/>',
  },
  tree: {
    nouns: ["tree", "apple tree"],
    stands: "ground",
    colours: ["green", "orange", "pink", "red"],
    verbs: ["sway{s}", "give{s} shade", "drop{s} its leaves"],
    homes: ["meadow", "garden", "farm"],
    lookAlikes: ["mushroom", "umbrella", "cloud"],
    shape:
      '<path fill="#8f6341" d="M-5 0L-3-32H3L5 0Z"/><path d="M0-74Q22-74 22-56Q34-38 14-28H-14Q-34-38-22-56Q-22-74 0-74Z"/>',
  },
  pine: {
    nouns: ["pine", "fir tree"],
    stands: "ground",
    colours: ["green", "turquoise", "white"],
    verbs: ["stand{s} guard", "whisper{s}"],
    homes: ["forest", "lake", "village"],
    lookAlikes: ["tent", "cactus", "tree"],
    shape:
      '<path fill="#8f6341" d="M-4 0V-14H4V0Z"/><path d="M-24-12L0-44 24-12ZM-19-32L0-60 19-32ZM-13-52L0-76 13-52Z"/>',
  },
  tulip: {
    nouns: ["tulip"],
    stands: "ground",
    colours: ["red", "pink", "yellow", "purple"],
    verbs: ["nod{s}", "open{s} to the light"],
    homes: ["garden"],
    lookAlikes: ["cup", "candle", "sunflower"],
    shape:
      '<path fill="none" stroke="#3f7a3d" stroke-width="4" d="M0 0V-26M0-4Q-12-8-13-20M0-4Q12-8 13-20"/><path d="M-11-44L-5-38 0-46 5-38 11-44Q14-24 0-23Q-14-24-11-44Z"/>',
  },
  sunflower: {
    nouns: ["sunflower"],
    stands: "ground",
    colours: ["yellow", "orange"],
    verbs: ["turn{s} to the light", "lean{s} on the fence"],
    homes: ["garden", "farm"],
    lookAlikes: ["sun", "lamp", "tulip"],
    shape:
      '<path fill="none" stroke="#3f7a3d" stroke-width="4" d="M0 0V-36M0-12Q12-14 15-24"/><path d="M0-70l5 9 9-5-1 10 11 1-7 8 7 8-11 1 1 10-9-5-5 9-5-9-9 5 1-10-11-1 7-8-7-8 11-1-1-10 9 5Z"/><circle cy="-47" r="9" fill="#6b4423"/>',
  },
  mushroom: {
    nouns: ["mushroom", "toadstool"],
    stands: "ground",
    colours: ["red", "brown", "orange"],
    verbs: ["push{es} through the moss", "glow{s} in the dark"],
    homes: ["forest"],
    lookAlikes: ["umbrella", "lamp", "tent"],
    shape:
      '<path fill="#f7eeda" d="M-8 0Q-4-14-6-24H6Q4-14 8 0Z"/><path d="M-26-22Q-22-50 0-50Q22-50 26-22Q0-16-26-22Z"/><path fill="#fff" stroke="none" d="M-12-36a4 4 0 1 0 8 0a4 4 0 1 0-8 0M4-30a4 4 0 1 0 8 0a4 4 0 1 0-8 0"/>',
  },
  umbrella: {
    nouns: ["umbrella", "parasol"],
    stands: "ground",
    colours: ["yellow", "red", "blue", "black"],
    verbs: ["shelter{s} nobody", "open{s} like a flower"],
    homes: ["street", "beach", "station"],
    lookAlikes: ["mushroom", "tent", "balloon"],
    shape:
      '<path fill="none" stroke-width="3" d="M0-60V-4q0 6 6 6t6-6"/><path d="M-32-32Q-28-60 0-62Q28-60 32-32Q26-38 21-32Q11-38 0-32Q-11-38-21-32Q-26-38-32-32Z"/>',
  },
  bicycle: {
    nouns: ["bicycle", "bike"],
    stands: "ground",
    colours: ["green", "red", "blue", "black"],
    verbs: ["lean{s} on the wall", "wait{s} for its rider"],
    homes: ["street", "garden", "station"],
    lookAlikes: ["train", "clock", "bench"],
    shape:
      '<g fill="#ffffff55" stroke-width="3"><circle cx="-20" cy="-14" r="14"/><circle cx="22" cy="-14" r="14"/></g><path d="M-20-14L-9-36H14L22-14 18-42H26L15-45 14-35 2-12H-20L-7-32-10-40H-3L-13-43-16-40-10-38-22-16ZM-7-33L1-15 12-33Z"/>',
  },
  bench: {
    nouns: ["bench", "garden seat"],
    plurals: ["benches", "garden seats"],
    stands: "ground",
    colours: ["brown", "green", "white"],
    verbs: ["stand{s} empty", "keep{s} a place free"],
    homes: ["garden", "station", "street"],
    lookAlikes: ["train", "bread", "bicycle"],
    shape:
      '<path d="M-30-40H30V-33H-30ZM-30-30H30V-23H-30ZM-32-17H32V-11H-32ZM-26-11H-21V0H-26ZM21-11H26V0H21Z"/>',
  },
  lamp: {
    nouns: ["street lamp", "lamp"],
    stands: "ground",
    colours: ["black", "green", "grey"],
    verbs: ["burn{s} on its own", "flicker{s}"],
    homes: ["street", "station"],
    lookAlikes: ["sunflower", "candle", "lighthouse"],
    shape:
      '<path d="M-8 0V-5H-3V-56H3V-5H8V0ZM-11-78L0-86 11-78Z"/><path fill="#ffe58a" d="M-9-78H9L5-56H-5Z"/>',
  },
  cat: {
    nouns: ["cat"],
    stands: "ground",
    colours: ["black", "grey", "orange", "white"],
    verbs: ["sit{s} very still", "watch{es} without blinking", "cross{es} on soft paws"],
    homes: ["street", "kitchen", "study", "garden"],
    lookAlikes: ["owl", "fox", "teapot"],
    shape:
      '<path d="M12 0Q32 0 29-24H23Q26-8 12-7Z"/><path d="M-14 0Q-16-26-6-30L-13-36V-54L-5-48H5L13-54V-36L6-30Q18-24 16 0Z"/><path fill="#ffe58a" d="M-8-42h5v4h-5ZM3-42h5v4h-5Z"/>',
  },
  dog: {
    nouns: ["dog"],
    stands: "ground",
    colours: ["brown", "white", "black"],
    verbs: ["run{s} ahead", "bark{s} at nothing"],
    homes: ["beach", "farm", "meadow"],
    lookAlikes: ["fox", "sheep", "cow"],
    shape:
      '<path d="M-26-18L-34-32-28-34-20-22H12L14-38H22L34-32 33-25 24-24V0H18V-12H-16V0H-22Z"/><path fill="#5b4030" d="M14-38q-5 4-3 14l7-4Z"/><circle cx="25" cy="-32" r="1.6" fill="#222"/>',
  },
  fox: {
    nouns: ["fox"],
    plurals: ["foxes"],
    stands: "ground",
    colours: ["orange", "red", "white"],
    verbs: ["slip{s} between the shadows", "trot{s} home", "listen{s}"],
    homes: ["forest", "village"],
    lookAlikes: ["cat", "dog", "fire"],
    shape:
      '<path d="M-18-16Q-36-10-44-26Q-30-28-20-24H10L12-40 18-34 26-42 28-30 38-22 24-18 20 0H14L12-12H-8L-12 0H-18Z"/><path fill="#fff" d="M-44-26q6-2 10-1l-4 9q-5-3-6-8ZM38-22l-14 4 2-7Z"/><circle cx="25" cy="-29" r="1.6" fill="#222"/>',
  },
  rabbit: {
    nouns: ["rabbit", "hare"],
    stands: "ground",
    colours: ["white", "brown", "grey"],
    verbs: ["nibble{s} the grass", "sit{s} up to look"],
    homes: ["meadow", "garden", "village"],
    lookAlikes: ["sheep", "cat", "snowman"],
    shape:
      '<circle cx="-20" cy="-8" r="6" fill="#fff"/><path d="M-18 0Q-22-26 0-26Q2-36 6-38L3-60Q10-62 12-40L18-60Q24-56 18-37Q28-30 18-22Q18-8 22 0Z"/><circle cx="16" cy="-31" r="1.6" fill="#222"/>',
  },
  owl: {
    nouns: ["owl"],
    stands: "ground",
    colours: ["brown", "grey", "white"],
    verbs: ["blink{s} once", "call{s} and is answered"],
    homes: ["forest", "hilltop", "study"],
    lookAlikes: ["cat", "clock", "vase"],
    shape:
      '<path d="M-18-8Q-22-40-16-54L-8-48H8L16-54Q22-40 18-8Q8 4-8 0Z"/><g fill="#ffe58a"><circle cx="-7" cy="-38" r="7"/><circle cx="7" cy="-38" r="7"/></g><path fill="#e58435" d="M-3-32H3L0-25ZM-9 0v4h6v-4ZM3 0v4h6v-4Z"/><path fill="#222" d="M-9-38h4v3h-4ZM5-38h4v3h-4Z"/>',
  },
  cow: {
    nouns: ["cow"],
    stands: "ground",
    colours: ["white", "brown", "black"],
    verbs: ["graze{s}", "look{s} over the gate"],
    homes: ["farm", "meadow"],
    lookAlikes: ["dog", "bench", "camel"],
    shape:
      '<path d="M-32-42H16L18-52 26-48 38-50 34-42 36-30 26-26 20-18V0H13V-14H-20V0H-27V-18L-34-24Z"/><path fill="#5b4030" d="M-24-42q2 14 12 12t6-12ZM2-24q6-10 12-2t-4 8Z"/><circle cx="28" cy="-42" r="1.6" fill="#222"/>',
  },
  sheep: {
    nouns: ["sheep"],
    plurals: ["sheep"],
    stands: "ground",
    colours: ["white", "black", "grey"],
    verbs: ["doze{s}", "wander{s} off"],
    homes: ["farm", "meadow", "hilltop"],
    lookAlikes: ["cloud", "rabbit", "snowman"],
    shape:
      '<path d="M-17-12V0H-12V-12M10-12V0H15V-12"/><path d="M-20-8Q-34-14-26-26Q-26-40-12-36Q0-44 10-36Q24-34 20-22Q24-8 10-8Z"/><path fill="#3a3644" d="M14-32Q32-36 32-26Q30-16 18-18Z"/>',
  },
  camel: {
    nouns: ["camel"],
    stands: "ground",
    colours: ["brown", "golden", "white"],
    verbs: ["walk{s} on", "kneel{s} in the sand"],
    homes: ["desert"],
    lookAlikes: ["cow", "teapot", "tent"],
    shape:
      '<path d="M-32-30Q-22-34-18-46Q-12-56-6-40H0Q6-58 12-44L16-32Q24-32 24-56Q26-66 40-60V-53L31-51Q34-18 20-18V0H14V-18H-20V0H-26V-20Q-34-22-32-30Z"/><circle cx="33" cy="-57" r="1.5" fill="#222"/>',
  },
  cactus: {
    nouns: ["cactus"],
    plurals: ["cacti"],
    stands: "ground",
    colours: ["green", "turquoise"],
    verbs: ["cast{s} a thin shadow", "stand{s} with its arms up"],
    homes: ["desert"],
    lookAlikes: ["candle", "pine", "lamp"],
    shape:
      '<path d="M-7 0V-16H-16Q-24-16-24-26V-40Q-19-46-14-40V-27H-7V-60Q0-68 7-60V-34H14V-48Q19-54 24-48V-33Q24-24 15-23H7V0Z"/>',
  },
  tent: {
    nouns: ["tent"],
    stands: "ground",
    colours: ["orange", "green", "blue", "red"],
    verbs: ["glow{s} from inside", "flap{s} in the wind"],
    homes: ["lake", "desert", "hilltop"],
    lookAlikes: ["pine", "house", "boat"],
    shape: '<path d="M-36 0L0-46 36 0Z"/><path fill="#5b4030" d="M-10 0L0-34 10 0Z"/>',
  },
  fire: {
    nouns: ["campfire", "fire"],
    stands: "ground",
    colours: ["orange", "red"],
    verbs: ["crackle{s}", "burn{s} down to embers"],
    homes: ["lake", "hilltop", "desert"],
    lookAlikes: ["fox", "tulip", "candle"],
    shape:
      '<path d="M-16-4Q-22-24-8-32Q-8-24-3-22Q-2-40 8-48Q8-34 14-28Q24-16 14-4Z"/><path fill="#ffe58a" stroke="none" d="M-7-4Q-8-16 2-24Q2-16 8-12Q10-6 6-4Z"/><path fill="#6b4423" d="M-24 0L22-8 24-3-22 5ZM24 0L-22-8-24-3 22 5Z"/>',
  },
  snowman: {
    nouns: ["snowman"],
    plurals: ["snowmen"],
    stands: "ground",
    colours: ["white"],
    verbs: ["smile{s} at nobody", "begin{s} to lean"],
    homes: ["village"],
    lookAlikes: ["sheep", "owl", "vase"],
    shape:
      '<circle cy="-17" r="18"/><circle cy="-44" r="13"/><path fill="#3a3644" d="M-14-54H14V-58H9V-72H-9V-58H-14ZM-6-48h3v3h-3ZM4-48h3v3h-3Z"/><path fill="#e58435" d="M0-44l14 3-14 2Z"/><path fill="#c9402f" d="M-13-34Q0-26 13-34V-29Q0-22-13-29Z"/>',
  },
  windmill: {
    nouns: ["windmill"],
    stands: "ground",
    colours: ["white", "brown", "red"],
    verbs: ["turn{s} in the breeze", "stand{s} still"],
    homes: ["farm", "meadow"],
    lookAlikes: ["lighthouse", "star", "house"],
    shape:
      '<path d="M-16 0L-10-50H10L16 0Z"/><path fill="#8f5a44" d="M-12-50Q0-68 12-50Z"/><path fill="#fdf8e8" d="M0-50L24-82 32-76ZM0-50L32-26 26-18ZM0-50L-24-18-32-24ZM0-50L-32-74-26-82Z"/><path fill="#6b4a32" d="M-5 0V-14H5V0Z"/>',
  },
  train: {
    nouns: ["train", "steam engine"],
    stands: "ground",
    colours: ["green", "red", "black", "blue"],
    verbs: ["pull{s} away", "let{s} off steam", "arrive{s} late"],
    homes: ["station"],
    lookAlikes: ["kettle", "bench", "house"],
    shape:
      '<path fill="#fff" stroke="none" d="M20-54q-4-12 8-12q2-12 14-6q10 4 2 12q-8 6-24 6Z"/><path d="M-38-8V-48H-10V-34H16V-48H26V-34Q36-32 36-8Z"/><path fill="#ffe9a0" d="M-32-42H-16V-28H-32Z"/><g fill="#3a3644"><circle cx="-26" cy="-6" r="7"/><circle cx="-4" cy="-6" r="7"/><circle cx="20" cy="-6" r="7"/></g>',
  },
  clock: {
    nouns: ["clock", "station clock"],
    stands: "ground",
    colours: ["white", "brown", "golden"],
    verbs: ["tick{s}", "strike{s} the hour"],
    homes: ["station", "study"],
    lookAlikes: ["moon", "owl", "bicycle"],
    shape:
      '<path fill="#6b4a32" d="M-10 0V-5H-3V-40H3V-5H10V0Z"/><circle cy="-56" r="20"/><path fill="none" stroke-width="2.5" d="M0-56V-70M0-56L9-51"/>',
  },
  apple: {
    nouns: ["apple"],
    stands: "ground",
    colours: ["green", "red", "yellow"],
    verbs: ["roll{s} to the edge", "shine{s}"],
    homes: ["kitchen"],
    lookAlikes: ["lemon", "cup", "pear"],
    shape:
      '<path d="M0-28Q20-38 20-18Q18 2 6 0Q0-2-6 0Q-18 2-20-18Q-20-38 0-28Z"/><path fill="#5d9a53" d="M0-28q0-12 14-12q0 10-14 12Z"/>',
  },
  pear: {
    nouns: ["pear"],
    stands: "ground",
    colours: ["green", "yellow", "brown"],
    verbs: ["ripen{s}", "lean{s} on its neighbour"],
    homes: ["kitchen"],
    lookAlikes: ["vase", "apple", "lamp"],
    shape:
      '<path d="M-6-36Q0-44 6-36Q8-26 14-20Q22-2 4 0H-4Q-22-2-14-20Q-8-26-6-36Z"/><path fill="none" stroke-width="3" d="M0-40q0-6 4-9"/>',
  },
  lemon: {
    nouns: ["lemon"],
    stands: "ground",
    colours: ["yellow"],
    verbs: ["light{s} up the table", "lie{s} where it fell"],
    homes: ["kitchen"],
    lookAlikes: ["moon", "apple", "duck"],
    shape: '<path d="M-27-14Q-20-16-16-22Q0-34 16-22Q20-16 27-14Q20-10 16-6Q0 6-16-6Q-20-10-27-14Z"/>',
  },
  teapot: {
    nouns: ["teapot"],
    stands: "ground",
    colours: ["blue", "white", "pink", "brown"],
    verbs: ["steam{s}", "wait{s} to be poured"],
    homes: ["kitchen", "study"],
    lookAlikes: ["duck", "kettle", "camel"],
    shape:
      '<path fill="none" stroke-width="5" d="M20-30q18-4 14 10q-2 8-14 10"/><path d="M-19-12L-38-32 -31-36-20-28Q-16-38 0-38Q22-38 22-18Q20 0 8 0H-8Q-18 0-19-12ZM-5-38Q0-52 5-38Z"/>',
  },
  kettle: {
    nouns: ["kettle"],
    stands: "ground",
    colours: ["black", "grey", "red"],
    verbs: ["sing{s}", "boil{s} over"],
    homes: ["kitchen"],
    lookAlikes: ["train", "teapot", "whale"],
    shape:
      '<path fill="none" stroke-width="4" d="M-16-32Q-16-56 0-56Q16-56 16-32"/><path d="M-24 0Q-26-12-22-20L-38-34H-28L-18-27Q-10-36 0-36Q24-34 24 0Z"/><circle cy="-38" r="4"/>',
  },
  cup: {
    nouns: ["cup", "teacup"],
    stands: "ground",
    colours: ["white", "blue", "yellow"],
    verbs: ["grow{s} cold", "stand{s} half full"],
    homes: ["kitchen", "study"],
    lookAlikes: ["tulip", "bowl", "boat"],
    shape:
      '<path fill="none" stroke-width="4" d="M16-26q16-2 12 8q-3 7-14 7"/><path d="M-18-32H18Q18-2 8 0H-8Q-18-2-18-32Z"/><path fill="none" stroke="#fff" d="M-6-38q-5-6 0-11t0-11M6-38q-5-6 0-11t0-11"/>',
  },
  bowl: {
    nouns: ["bowl", "bowl of soup"],
    plurals: ["bowls", "bowls of soup"],
    stands: "ground",
    colours: ["blue", "white", "brown"],
    verbs: ["stand{s} ready", "hold{s} nothing at all"],
    homes: ["kitchen"],
    lookAlikes: ["boat", "cup", "moon"],
    shape:
      '<path d="M-30-26H30Q28-4 10-3V0H-10V-3Q-28-4-30-26Z"/><path fill="#fdf8e8" d="M-30-26Q0-34 30-26Q0-19-30-26Z"/>',
  },
  bread: {
    nouns: ["loaf of bread", "loaf"],
    plurals: ["loaves of bread", "loaves"],
    stands: "ground",
    colours: ["brown", "golden"],
    verbs: ["cool{s} on the board", "smell{s} of home"],
    homes: ["kitchen", "farm"],
    lookAlikes: ["bench", "sheep", "book"],
    shape:
      '<path d="M-32 0V-14Q-34-32-16-30Q0-34 16-30Q34-32 32-14V0Z"/><path fill="none" stroke="#fdf0d0" stroke-width="3" d="M-16-24l8 10M-2-25l8 10M12-24l8 10"/>',
  },
  candle: {
    nouns: ["candle"],
    stands: "ground",
    colours: ["white", "red", "yellow"],
    verbs: ["gutter{s}", "burn{s} low", "throw{s} long shadows"],
    homes: ["study", "kitchen"],
    lookAlikes: ["lighthouse", "cactus", "tulip"],
    shape:
      '<path fill="#d9a32b" d="M-16 0Q-16-6 0-6Q16-6 16 0Z"/><path d="M-7-5V-46H7V-5Z"/><path fill="#ffb83d" d="M0-70Q9-56 4-50H-4Q-9-56 0-70Z"/>',
  },
  book: {
    nouns: ["book", "open book"],
    stands: "ground",
    colours: ["red", "green", "blue", "brown"],
    verbs: ["lie{s} open", "lose{s} its page"],
    homes: ["study"],
    lookAlikes: ["house", "gull", "bread"],
    shape:
      '<path d="M-34 0V-30L0-24 34-30V0L0 5Z"/><path fill="#fdf8e8" d="M-30-5V-34Q-14-36 0-27Q14-36 30-34V-5Q14-8 0 0Q-14-8-30-5Z"/><path fill="none" d="M0-27V0M-24-26l16 3M-24-18l16 3M24-26l-16 3M24-18l-16 3"/>',
  },
  vase: {
    nouns: ["vase", "vase of flowers"],
    plurals: ["vases", "vases of flowers"],
    stands: "ground",
    colours: ["blue", "white", "turquoise", "pink"],
    verbs: ["hold{s} the light", "stand{s} by the window"],
    homes: ["study", "kitchen"],
    lookAlikes: ["pear", "owl", "tulip"],
    shape:
      '<path fill="none" stroke="#3f7a3d" stroke-width="3" d="M0-30L-12-54M0-30V-60M0-30L12-54"/><g fill="#e69ab0"><circle cx="-13" cy="-56" r="7"/><circle cy="-64" r="7"/><circle cx="13" cy="-56" r="7"/></g><path d="M-7-38H7Q5-30 14-20Q18-4 8 0H-8Q-18-4-14-20Q-5-30-7-38Z"/>',
  },
  globe: {
    nouns: ["globe"],
    stands: "ground",
    colours: ["blue", "green", "golden"],
    verbs: ["turn{s} by itself", "gather{s} dust"],
    homes: ["study"],
    lookAlikes: ["apple", "sun", "clock"],
    shape:
      '<path fill="#8f6341" d="M-16 0Q0-10 16 0ZM-3-4V-16H3V-4Z"/><circle cy="-34" r="20"/><path fill="#8dbb70" d="M-14-46Q-4-54 2-46Q4-38-6-34Q-14-38-14-46ZM4-32Q14-38 18-28Q14-18 6-20Z"/>',
  },
};
