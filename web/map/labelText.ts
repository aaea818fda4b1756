/** A cluster that is to be named. */
export interface NamedCluster {
  readonly label: number;
  /** The text of its medoid; null if it has none, because images were embedded. */
  readonly text: string | null;
  /** Where its medoid is on the map; null if it is not there. */
  readonly place: readonly [x: number, y: number] | null;
}

/** The characters of a name at most. */
const longestName = 30;
/** Words beyond these are not looked at: what a text is about is said before. */
const readWords = 60;
/** The number of clusters around from whose names a name is also to differ. */
const neighbourCount = 6;
/** Words that say little even where they are rare, besides those of one or two letters. */
const smallWords = new Set(
  "the and for with from into onto over under near its his her their our your that this these those are was were been being has have had not but all any can one two some very there here which who what where when while than then them they she him out off also just such".split(
    " ",
  ),
);
const isSmall = (word: string) => /^[\p{Script=Latin}\d]{1,2}$/u.test(word) || smallWords.has(word);
/** How much a small word counts, compared with others. */
const smallWeight = 0.1;
/** How much a phrase counts that goes beyond a comma, a full stop, or a word that joins what belongs to two things. */
const brokenFactor = 0.6;
const joiningWords = new Set(["and", "or", "but", "while", "where", "when", "as"]);
/** How much a phrase counts that begins within another, instead of after a comma or a small word. */
const cutFactor = 0.75;
/** How much less a phrase at the end of what is read counts than one at the beginning. */
const beginning = 0.25;

interface Words {
  readonly text: string;
  /** The words in their order: where they are in the text, and how they are compared. */
  readonly words: readonly { readonly start: number; readonly end: number; readonly key: string }[];
  readonly distinct: ReadonlySet<string>;
}

/**
 * Short names of clusters: from each medoid's text the phrase of consecutive words that best tells it apart from the
 * others, and from its neighbours on the map above all. Texts that runs produced from one prompt often begin alike, so
 * that their first words would not. The label is before the phrase, because lists call the clusters by it.
 *
 * @returns the names by the clusters' labels; no two are equal
 */
export function clusterNames(clusters: readonly NamedCluster[]): Map<number, string> {
  const texts = clusters.map(({ text }) => wordsOf(text ?? ""));
  const everywhere = documentCounts(texts);
  const neighbours = neighboursOf(clusters);
  const taken = new Set<string>();
  const names = new Map<number, string>();
  for (const [n, { label }] of clusters.entries()) {
    const around = documentCounts(neighbours[n].map((neighbour) => texts[neighbour]));
    const weight = (word: string) => {
      const rarity = Math.log((clusters.length + 1) / everywhere.get(word)!);
      const rarityAround = Math.log((neighbours[n].length + 2) / ((around.get(word) ?? 0) + 1));
      return (rarity + rarityAround) * (isSmall(word) ? smallWeight : 1);
    };
    const phrases = phrasesOf(texts[n], weight);
    const phrase = phrases.find((each) => !taken.has(each.toLowerCase())) ?? phrases[0];
    if (phrase !== undefined) taken.add(phrase.toLowerCase());
    names.set(label, phrase === undefined ? `cluster ${label}` : `${label} · ${phrase}`);
  }
  return names;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

function wordsOf(text: string): Words {
  const words: { start: number; end: number; key: string }[] = [];
  const legible = text.trim().replace(/\s+/g, " ");
  for (const { segment, index, isWordLike } of segmenter.segment(legible)) {
    if (!isWordLike) continue;
    words.push({ start: index, end: index + segment.length, key: segment.toLowerCase() });
    if (words.length === readWords) break;
  }
  return { text: legible, words, distinct: new Set(words.map(({ key }) => key)) };
}

/** In how many texts each word occurs. */
function documentCounts(texts: readonly Words[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { distinct } of texts)
    for (const word of distinct) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** For each cluster the numbers of those whose medoids are nearest on the map. */
function neighboursOf(clusters: readonly NamedCluster[]): number[][] {
  return clusters.map(({ place }, n) => {
    if (place === null) return [];
    const nearest: { other: number; distance: number }[] = [];
    for (const [other, { place: otherPlace }] of clusters.entries()) {
      if (other === n || otherPlace === null) continue;
      const distance = Math.hypot(otherPlace[0] - place[0], otherPlace[1] - place[1]);
      if (nearest.length === neighbourCount && distance >= nearest[neighbourCount - 1].distance) continue;
      nearest.push({ other, distance });
      nearest.sort((a, b) => a.distance - b.distance);
      nearest.length = Math.min(nearest.length, neighbourCount);
    }
    return nearest.map(({ other }) => other);
  });
}

const breaking = /[,;:.!?()"]/;

/** The phrases of a text that are short enough, the most telling first. */
function phrasesOf({ text, words }: Words, weight: (word: string) => number): string[] {
  const weights = words.map(({ key }) => weight(key));
  const small = words.map(({ key }) => isSmall(key));
  const phrases: { phrase: string; score: number; edges: number }[] = [];
  for (let first = 0; first < words.length; first++) {
    const gap = first === 0 ? "" : text.slice(words[first - 1].end, words[first].start);
    const begins = first === 0 || small[first - 1] || breaking.test(gap) ? 1 : cutFactor;
    let joins = false;
    const seen = new Set<string>();
    let sum = 0;
    for (let last = first; last < words.length; last++) {
      if (words[last].end - words[first].start > longestName) break;
      if (!seen.has(words[last].key)) sum += weights[last];
      seen.add(words[last].key);
      joins ||= last > first && joiningWords.has(words[last].key);
      const phrase = text.slice(words[first].start, words[last].end);
      const whole = joins || breaking.test(phrase) ? brokenFactor : 1;
      phrases.push({
        phrase,
        score: sum * begins * whole * (1 - (beginning * first) / readWords),
        // "of the lake" says no more than "lake".
        edges: Number(small[first]) + Number(small[last]),
      });
    }
  }
  if (phrases.length === 0 && words.length > 0)
    phrases.push({ phrase: `${[...text].slice(0, longestName - 1).join("")}…`, score: 0, edges: 0 });
  return phrases.sort((a, b) => a.edges - b.edges || b.score - a.score).map(({ phrase }) => phrase);
}
