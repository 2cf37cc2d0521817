// `allclear up` after 90 days, with checks of a local server.

import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { outages, services } from './facts.js'
import { Program } from './processes.js'

/** The elements that a visitor waits for. */
export const ALLCLEAR = { name: 'Allclear', answer: 'h1', service: '[id^="service-service-"]' }

/** Starts the program with `count` services, and returns its page. */
export async function startAllclear({ allclear, simulator, history }, count, folder) {
  mkdirSync(folder, { recursive: true })
  const targets = new Program(simulator, [], { log: join(folder, 'simulator.log') })
  const { http } = await targets.until(text => text.includes('\n') && JSON.parse(text.split('\n')[0]))
  const endpoints = Object.fromEntries(services(count).filter(one => one.isDown).map(one => [one.id, { status: { code: 503 } }]))
  const answer = await fetch(`${http}/_simulator`, { method: 'PUT', body: JSON.stringify({ endpoints }) })
  if (!answer.ok) throw new Error(`the simulator refused the states: ${await answer.text()}`)

  const files = { config: join(folder, 'allclear.toml'), data: join(folder, 'data'), outages: join(folder, 'outages.json') }
  writeFileSync(files.config, config(count, http))
  writeFileSync(files.outages, JSON.stringify(outages(count)))
  execFileSync(history, ['--config', files.config, '--data', files.data, '--outages', files.outages])

  const args = ['up', '--config', files.config, '--data', files.data, '--listen', '127.0.0.1:0']
  const up = new Program(allclear, args, { log: join(folder, 'allclear.log'), env: { ...process.env, ALLCLEAR_LOG: 'warn' } })
  const url = await up.until(text => /the page is at (http:\/\/[^\s]+)/.exec(text)?.[1])
  await up.until(() => states(url, count))
  return { ...ALLCLEAR, url, count, close: async () => { await up.end(); await targets.end() } }
}

function config(count, http) {
  const head = '[page]\ntitle = "Side by side"\n\n[defaults]\ninterval = "60s"\nexpected_response_time = "1s"\n'
  const monitors = services(count).map(({ id, name, group }) =>
    `\n[[monitor]]\nid = "${id}"\nname = "${name}"\ngroup = "Group ${group}"\ncheck.http.url = "${http}/${id}/health"\n`)
  return head + monitors.join('')
}

/** Returns whether the page has the present state of each service. */
async function states(url, count) {
  const answer = await fetch(new URL('api/v1/summary.json', url))
  if (!answer.ok) return false
  const { services: all } = await answer.json()
  const down = all.filter(one => one.state == 'outage').length
  return all.length == count && down == services(count).filter(one => one.isDown).length
}
