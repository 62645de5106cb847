/**
 * Globs over names: `*` is any run of characters but `/`, `**` any run at all, `?` one character but `/`. Everything else,
 * dots included, is itself, and case counts. No regular expression is built from what a document says, so that no pair
 * of pattern and name takes more than quadratic time.
 */
export type Matches = (name: string) => boolean

function isGlob(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?')
}

export function glob(pattern: string): Matches {
  if (!isGlob(pattern)) return (name) => name === pattern
  const tokens = pattern.match(/\*+|[^*]/gs) ?? []
  return (name) => matches(tokens, name)
}

/** One set look-up for the plain names, then the globs in turn. */
export function anyGlob(patterns: readonly string[]): Matches {
  const plain = new Set(patterns.filter((p) => !isGlob(p)))
  const globs = patterns.filter(isGlob).map(glob)
  if (globs.length === 0) return (name) => plain.has(name)
  return (name) => plain.has(name) || globs.some((g) => g(name))
}

/** Where the last run of a kind began, in the pattern and in the name; -1: there was none. */
interface Run {
  token: number
  name: number
}

/**
 * Greedy with two ways back: the last `*`, which gives up at a slash, then the last `**`. An earlier run never needs to
 * grow again: what the later one can reach includes it.
 */
function matches(tokens: readonly string[], name: string): boolean {
  const segment: Run = { token: -1, name: 0 }
  const path: Run = { token: -1, name: 0 }
  let t = 0
  let n = 0
  while (n < name.length || t < tokens.length) {
    const token = tokens[t]
    if (token !== undefined && token[0] === '*') {
      if (token.length > 1) segment.token = -1
      const run = token.length > 1 ? path : segment
      run.token = t++
      run.name = n
    } else if (token !== undefined && n < name.length && (token === name[n] || (token === '?' && name[n] !== '/'))) {
      t++
      n++
    } else if (segment.token >= 0 && segment.name < name.length && name[segment.name] !== '/') {
      t = segment.token + 1
      n = ++segment.name
    } else if (path.token >= 0 && path.name < name.length) {
      segment.token = -1
      t = path.token + 1
      n = ++path.name
    } else return false
  }
  return true
}
