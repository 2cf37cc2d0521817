// The golden folders of the page, one for each scenario.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of all scenarios. */
export const folder = fileURLToPath(new URL('../../../status-site/tests/golden', import.meta.url))

/** Returns the names of all scenarios. */
export function scenarios() {
  const names = readdirSync(folder).sort()
  if (names.length < 10) throw new Error(`${folder} has only ${names.length} scenarios`)
  return names
}

/** Returns the files of a scenario by their paths. */
export function files(scenario) {
  const all = readdirSync(`${folder}/${scenario}`, { recursive: true, withFileTypes: true })
  const paths = all.filter(entry => entry.isFile()).map(entry => `${entry.parentPath}/${entry.name}`)
  const base = `${folder}/${scenario}/`
  return new Map(paths.map(path => [path.slice(base.length), readFileSync(path)]))
}

/** Returns the paths of the first pages of a scenario: one for each language. */
export function firstPages(scenario) {
  return [...files(scenario).keys()].filter(path => /^([a-z]{2}\/)?index\.html$/.test(path)).sort()
}

/** Returns the time at which a page was made. */
export function madeAt(html) {
  return new Date(/data-at="([^"]+)"/.exec(html)[1])
}
