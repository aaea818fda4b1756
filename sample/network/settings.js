/**
 * Where a picture takes place. Backdrops fill 320 × 240 over the sky that the hour gives; indoors the sky is
 * seen through a window.
 *
 * @typedef {object} Setting
 * @property {string[]} nouns the first is the plain word, the others are understood and used by poets
 * @property {string} within the preposition of the plain word
 * @property {string} inside how a poet says that one is there
 * @property {number} ground where things stand, in units from the top
 * @property {number} water where things float
 * @property {boolean} [indoors]
 * @property {string[]} lookAlikes settings that it is taken for
 * @property {string[]} moods how a poet ends
 * @property {string} backdrop
 */

const windowPane =
  '<path fill="#fff8e8" d="M52 20H268V28H60V100H156V28H164V100H260V28H268V108H52Z"/><path fill="#b98a5e" d="M46 106H274V114H46Z"/>';

/**
 * A wall with a hole where the window is.
 *
 * @param {string} colour
 */
const wall = (colour) =>
  `<path fill="${colour}" fill-rule="evenodd" d="M0 0H320V240H0ZM56 24V104H264V24Z"/>${windowPane}`;

/** @type {Record<string, Setting>} */
export const settings = {
  harbour: {
    nouns: ["harbour", "old port", "quay"],
    within: "in",
    inside: "in the harbour",
    ground: 214,
    water: 182,
    lookAlikes: ["beach", "lake"],
    moods: ["and the whole town smells of salt", "as if waiting for someone", "and the ropes creak"],
    backdrop:
      '<path fill="#5e97b5" d="M0 130H320V240H0Z"/><path fill="none" stroke="#9cc6d6" stroke-width="2" d="M20 146h36M110 140h44M230 150h50M60 192h40M170 196h36"/><path fill="#a08d7c" d="M0 206H320V240H0Z"/><path fill="none" stroke="#7d6c5e" stroke-width="2" d="M0 222H320M50 206V222M130 206V222M220 206V222M90 222V240M180 222V240M270 222V240"/>',
  },
  lake: {
    nouns: ["mountain lake", "lake", "lakeside"],
    within: "by",
    inside: "by the mountain lake",
    ground: 218,
    water: 176,
    lookAlikes: ["harbour", "forest", "hilltop"],
    moods: ["and the water keeps perfectly still", "under the high peaks", "with nobody for miles"],
    backdrop:
      '<path fill="#8496b5" d="M0 130L60 52 104 104 160 36 232 112 268 72 320 130Z"/><path fill="#f4f4f4" d="M60 52L45 72 58 68 68 76 76 71ZM160 36L141 60 156 56 170 66 184 61Z"/><path fill="#6fa6bd" d="M0 130H320V200H0Z"/><path fill="none" stroke="#a9cfdb" stroke-width="2" d="M30 148h50M150 142h40M220 166h60"/><path fill="#7fa566" d="M0 196Q80 186 160 198T320 194V240H0Z"/>',
  },
  beach: {
    nouns: ["beach", "seaside", "shore"],
    within: "on",
    inside: "on the beach",
    ground: 212,
    water: 158,
    lookAlikes: ["desert", "harbour"],
    moods: ["while the waves come and go", "and summer seems endless", "far from any road"],
    backdrop:
      '<path fill="#58a5bd" d="M0 120H320V180H0Z"/><path fill="none" stroke="#c4e3ea" stroke-width="2" d="M20 134h40M120 142h50M230 132h40"/><path fill="#efd9a4" d="M0 166Q60 158 130 170T320 164V240H0Z"/><path fill="none" stroke="#fff" stroke-width="4" d="M0 166Q60 158 130 170T320 164"/>',
  },
  desert: {
    nouns: ["desert", "dunes"],
    within: "in",
    inside: "in the desert",
    ground: 208,
    water: 208,
    lookAlikes: ["beach", "hilltop"],
    moods: [
      "and the sand remembers nothing",
      "in a silence as wide as the sky",
      "a day from the nearest well",
    ],
    backdrop:
      '<path fill="#dfae69" d="M0 150Q70 110 150 146T320 128V240H0Z"/><path fill="#ecc583" d="M0 186Q90 150 190 182T320 168V240H0Z"/><path fill="none" stroke="#d39d56" stroke-width="2" d="M30 216q20-8 40 0M150 226q20-8 40 0M240 208q20-8 40 0"/>',
  },
  meadow: {
    nouns: ["meadow", "green hills", "field"],
    within: "in",
    inside: "over the meadow",
    ground: 206,
    water: 206,
    lookAlikes: ["farm", "garden", "hilltop"],
    moods: ["and the grass bends the other way", "and bees hum in the clover", "on the first warm day"],
    backdrop:
      '<path fill="#a4c383" d="M0 140Q60 100 140 132T320 112V240H0Z"/><path fill="#86b068" d="M0 174Q100 148 190 172T320 162V240H0Z"/><path fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round" stroke-dasharray="0 29" d="M16 222H320M30 186H300"/>',
  },
  garden: {
    nouns: ["garden", "walled garden"],
    within: "in",
    inside: "in the garden",
    ground: 210,
    water: 210,
    lookAlikes: ["meadow", "forest"],
    moods: ["and somebody has left the gate open", "after the watering", "behind the old brick wall"],
    backdrop:
      '<path fill="#c07a5f" d="M0 112H320V170H0Z"/><path fill="none" stroke="#a3614a" stroke-width="2" d="M0 126H320M0 140H320M30 112V126M110 112V126M190 112V126M270 112V126M70 126V140M150 126V140M230 126V140"/><path fill="#6fa25a" d="M0 160q20-22 40 0q20-26 40 0q20-20 40 0q20-24 40 0q20-20 40 0q20-26 40 0q20-20 40 0q20-22 40 0V180H0Z"/><path fill="#98c47c" d="M0 174H320V240H0Z"/><path fill="#e3cfa4" d="M130 240Q150 206 142 174H172Q184 206 206 240Z"/>',
  },
  forest: {
    nouns: ["forest", "deep wood", "woods"],
    within: "in",
    inside: "in the forest",
    ground: 212,
    water: 212,
    lookAlikes: ["garden", "village", "lake"],
    moods: ["and not a branch moves", "where the path gives out", "deeper than the map goes"],
    backdrop:
      '<path fill="#93b3a0" d="M0 130H320V200H0ZM-13 150L6 38 25 150ZM15 150L34 52 53 150ZM43 150L62 66 81 150ZM71 150L90 38 109 150ZM99 150L118 52 137 150ZM127 150L146 66 165 150ZM155 150L174 38 193 150ZM183 150L202 52 221 150ZM211 150L230 66 249 150ZM239 150L258 38 277 150ZM267 150L286 52 305 150ZM295 150L314 66 333 150Z"/><path fill="#6f5540" d="M-10 182h8v14h-8ZM36 182h8v14h-8ZM82 182h8v14h-8ZM128 182h8v14h-8ZM174 182h8v14h-8ZM220 182h8v14h-8ZM266 182h8v14h-8ZM312 182h8v14h-8Z"/><path fill="#55795f" d="M-33 184L-6 60 21 184ZM13 184L40 74 67 184ZM59 184L86 88 113 184ZM105 184L132 60 159 184ZM151 184L178 74 205 184ZM197 184L224 88 251 184ZM243 184L270 60 297 184ZM289 184L316 74 343 184Z"/><path fill="#8f8a5c" d="M0 190Q80 180 160 192T320 186V240H0Z"/>',
  },
  village: {
    nouns: ["village", "mountain village", "hamlet"],
    within: "in",
    inside: "in the village",
    ground: 210,
    water: 210,
    lookAlikes: ["street", "farm", "forest"],
    moods: ["and every chimney is smoking", "long after the children went in", "under a roof of white"],
    backdrop:
      '<path fill="#c3cfdf" d="M0 140L70 80 130 130 210 70 320 140V180H0Z"/><path fill="#b5705a" d="M20 168V138H58V168ZM84 172V132H116V172ZM206 172V136H240V172ZM262 168V140H300V168Z"/><path fill="#f3f6fa" d="M14 140L39 116 64 140ZM78 134L100 110 122 134ZM200 138L223 114 246 138ZM256 142L281 118 306 142Z"/><path fill="#ffe08a" d="M32 148h10v10h-10ZM95 144h10v10h-10ZM218 146h10v10h-10ZM276 150h10v10h-10Z"/><path fill="#eef3f8" d="M0 168Q80 156 160 170T320 164V240H0Z"/>',
  },
  street: {
    nouns: ["city street", "street", "narrow street"],
    within: "in",
    inside: "in the city street",
    ground: 214,
    water: 214,
    lookAlikes: ["station", "village"],
    moods: ["and nobody looks up", "while the shops close one by one", "between two showers"],
    backdrop:
      '<path fill="#b08a86" d="M0 190V60H64V190ZM232 190V70H320V190Z"/><path fill="#90808f" d="M64 190V96H124V190ZM180 190V84H232V190Z"/><path fill="#ffe3a0" d="M12 76h14v20h-14ZM38 76h14v20h-14ZM12 116h14v20h-14ZM38 116h14v20h-14ZM76 112h12v18h-12ZM100 112h12v18h-12ZM192 102h12v18h-12ZM212 102h12v18h-12ZM250 88h16v20h-16ZM284 88h16v20h-16ZM250 128h16v20h-16ZM284 128h16v20h-16Z"/><path fill="#a9a3a6" d="M0 186H320V240H0Z"/><path fill="#8a858a" d="M0 224H320V240H0Z"/>',
  },
  station: {
    nouns: ["railway station", "station platform", "station"],
    within: "at",
    inside: "at the railway station",
    ground: 208,
    water: 208,
    lookAlikes: ["street", "kitchen"],
    moods: [
      "and the timetable is wrong again",
      "long before the first passengers",
      "with a whistle far away",
    ],
    backdrop:
      '<path fill="#c9b99c" d="M0 70H320V180H0Z"/><path fill="#7f4f45" d="M0 62H320V82H0ZM0 82l16 12 16-12 16 12 16-12 16 12 16-12 16 12 16-12 16 12 16-12 16 12 16-12 16 12 16-12 16 12 16-12 16 12 16-12 16 12 16-12Z"/><path fill="#5c6f63" d="M20 82h6v98h-6ZM294 82h6v98h-6Z"/><path fill="#b5aca2" d="M0 178H320V216H0Z"/><path fill="#6d645c" d="M0 214H320V240H0Z"/><path fill="none" stroke="#d8d4cc" stroke-width="3" d="M0 222H320M0 234H320"/>',
  },
  farm: {
    nouns: ["farm", "farmyard"],
    within: "on",
    inside: "on the farm",
    ground: 212,
    water: 222,
    lookAlikes: ["meadow", "village"],
    moods: ["and the rooster is late", "at the end of the harvest", "where the lane turns to mud"],
    backdrop:
      '<path fill="#d9c26c" d="M0 140Q90 118 180 136T320 128V240H0Z"/><path fill="#a94a3c" d="M226 170V110L258 86 290 110V170Z"/><path fill="#f4ead6" d="M246 170V134H270V170Z"/><path fill="#9cb866" d="M0 168Q100 156 200 170T320 164V240H0Z"/><path fill="none" stroke="#f4ead6" stroke-width="3" d="M0 160H200M0 172H200M20 152V182M70 152V182M120 152V182M170 152V182"/>',
  },
  hilltop: {
    nouns: ["hilltop", "bare hill", "moor"],
    within: "on",
    inside: "on the hilltop",
    ground: 202,
    water: 202,
    lookAlikes: ["desert", "meadow", "lake"],
    moods: [
      "with the whole valley asleep below",
      "nearer to heaven than to the town",
      "where the wind never rests",
    ],
    backdrop:
      '<path fill="#7f93a0" d="M0 190Q60 160 120 180T320 160V240H0Z"/><path fill="#6f8f5e" d="M0 240Q30 196 160 190T320 240Z"/><path fill="none" stroke="#587a4b" stroke-width="2" d="M90 214q4-8 2-12M220 212q-4-8 0-12M150 222q4-8 2-12"/>',
  },
  kitchen: {
    nouns: ["kitchen", "kitchen table"],
    within: "in",
    inside: "in the kitchen",
    ground: 196,
    water: 196,
    indoors: true,
    lookAlikes: ["study", "station"],
    moods: ["and breakfast is nearly ready", "before anyone is awake", "in the smell of toast"],
    backdrop: `${wall("#e8cf9f")}<path fill="#fff4dc" d="M0 128H320V168H0Z"/><path fill="none" stroke="#d6b98a" d="M0 148H320M32 128V168M64 128V168M96 128V168M128 128V168M160 128V168M192 128V168M224 128V168M256 128V168M288 128V168"/><path fill="#b5794c" d="M0 178H320V204H0Z"/><path fill="#8a5a38" d="M0 204H320V240H0Z"/>`,
  },
  study: {
    nouns: ["study", "library", "reading room"],
    within: "in",
    inside: "in the study",
    ground: 198,
    water: 198,
    indoors: true,
    lookAlikes: ["kitchen", "street"],
    moods: ["and the hour is forgotten", "at the end of a long chapter", "among letters never sent"],
    backdrop: `${wall("#7d8f84")}<path fill="#5f4436" d="M0 20H42V170H0ZM278 20H320V170H278Z"/><path fill="#c25b4a" d="M4 28h7v38h-7ZM22 28h8v38h-8ZM8 78h8v38h-8ZM284 28h8v38h-8ZM304 78h8v38h-8ZM290 126h8v38h-8Z"/><path fill="#d9b45a" d="M12 32h8v34h-8ZM20 82h7v34h-7ZM4 126h9v38h-9ZM294 32h7v34h-7ZM286 78h7v38h-7ZM302 128h9v36h-9Z"/><path fill="#6a3f2c" d="M0 182H320V240H0Z"/><path fill="#84523a" d="M0 180H320V206H0Z"/>`,
  },
};
