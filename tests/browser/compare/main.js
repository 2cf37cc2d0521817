// Measures the status pages of Allclear and of Uptime Kuma side by side: `scripts/bench page`.
//
//   node main.js --allclear PROGRAM --simulator PROGRAM --history PROGRAM --kuma FOLDER [--services N,N] [--visits N]
//                [--connections loopback,mobile] [--json]

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { launch } from '../lib/browser.js'
import { startAllclear } from './allclear.js'
import { startKuma } from './kuma.js'
import { summary, table } from './report.js'
import { CONNECTIONS, visit } from './visit.js'

const text = { type: 'string' }
const { values: options } = parseArgs({
  options: {
    allclear: text, simulator: text, history: text, kuma: text, json: { type: 'boolean' },
    services: { ...text, default: '100,1000' }, visits: { ...text, default: '9' },
    connections: { ...text, default: Object.keys(CONNECTIONS).join(',') },
  },
})
const progress = line => process.stderr.write(`${line}\n`)
const folder = mkdtempSync(join(tmpdir(), 'allclear-page-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Visits each page in turn, so that a busy moment of the machine is none of one program alone. */
async function visits(browser, pages, connection) {
  const all = Object.fromEntries(pages.map(page => [page.name, []]))
  // The first visit of each page fills the caches of its server, and is not counted.
  for (let n = 0; n <= Number(options.visits); n += 1) {
    for (const page of pages) {
      const one = await visit(browser, page, CONNECTIONS[connection])
      if (n > 0) all[page.name].push(one)
    }
  }
  return all
}

const browser = await launch()
const measured = []
for (const count of options.services.split(',').map(Number)) {
  progress(`${count} services: starting the programs`)
  const pages = [await startAllclear(options, count, join(folder, `allclear-${count}`))]
  if (options.kuma) pages.push(await startKuma(options.kuma, count, join(folder, `kuma-${count}`)))
  for (const connection of options.connections.split(',')) {
    progress(`${count} services, ${connection}: ${options.visits} visits of each page`)
    const all = await visits(browser, pages, connection)
    const programs = Object.fromEntries(Object.entries(all).map(([name, list]) => [name, summary(list)]))
    const result = { count, connection, programs }
    if (options.json) measured.push({ ...result, visits: all })
    else process.stdout.write(`${table(result)}\n`)
  }
  for (const page of pages) await page.close()
}
const version = browser.version()
await browser.close()
if (options.json) process.stdout.write(`${JSON.stringify({ chromium: version, measured }, null, 2)}\n`)
else progress(`Chromium ${version}`)
