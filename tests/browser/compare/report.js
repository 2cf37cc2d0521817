// The table of the measurements.

/** Returns the median. */
export function median(values) {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The measured values with their names, and the way in which each is written. */
const ROWS = [
  ['requests', 'requests', value => value.toFixed(0)],
  ['bytes', 'received, kB', value => (value / 1000).toFixed(1)],
  ['firstPaint', 'first contentful paint, ms', value => value.toFixed(0)],
  ['answer', 'answer visible, ms', value => value.toFixed(0)],
  ['services', 'state of each service visible, ms', value => value.toFixed(0)],
]

/** Returns the medians of the visits of one page. */
export function summary(visits) {
  return Object.fromEntries(ROWS.map(([key]) => [key, median(visits.map(one => one[key]))]))
}

/** Returns a table in Markdown of the medians of each program. */
export function table({ count, connection, programs }) {
  const names = Object.keys(programs)
  const [first, ...others] = names
  const lines = ROWS.map(([key, title, format]) => [
    title,
    ...names.map(name => format(programs[name][key])),
    ...others.map(name => (programs[name][key] / programs[first][key]).toFixed(1)),
  ])
  const heading = [`${count} services, ${connection}`, ...names, ...others.map(name => `${name} to ${first}`)]
  return [heading, heading.map(() => '---'), ...lines].map(cells => `| ${cells.join(' | ')} |\n`).join('')
}
