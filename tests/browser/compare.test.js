// The measurement of `scripts/bench page`, on a page whose figures are known.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { beats, outages, services } from './compare/facts.js'
import { median } from './compare/report.js'
import { CONNECTIONS, visit } from './compare/visit.js'
import { launch } from './lib/browser.js'

const DELAY_MS = 400

const PAGE = `<!doctype html><title>x</title><link rel="icon" href="data:,"><p>Loading</p>
<script>fetch('facts.json').then(answer => answer.json()).then(facts => {
  document.body.innerHTML = '<h1>' + facts.answer + '</h1>' + facts.services.map(name => '<p class="s">' + name).join('')
})</script>`

/** Starts a server of a page that shows its answer only after a second, late request. */
async function slowPage(test) {
  const facts = gzipSync(JSON.stringify({ answer: 'All services work', services: ['a', 'b', 'c'], rest: 'x'.repeat(1e6) }))
  const server = createServer((request, response) => {
    if (request.url == '/') return response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE)
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    return setTimeout(() => response.writeHead(200, headers).end(facts), DELAY_MS)
  })
  await new Promise(done => server.listen(0, '127.0.0.1', done))
  test.after(() => { server.closeAllConnections(); server.close() })
  return { url: `http://127.0.0.1:${server.address().port}/`, compressed: facts.length }
}

test('bytes are counted as they were sent, and an answer that a script shows when it is visible', async test => {
  const browser = await launch()
  test.after(() => browser.close())
  const { url, compressed } = await slowPage(test)
  const seen = await visit(browser, { url, answer: 'h1', service: '.s', count: 3 }, CONNECTIONS.loopback)
  assert.equal(seen.requests, 2)
  const sent = PAGE.length + compressed
  assert.ok(seen.bytes > sent && seen.bytes < sent + 1_000, `${seen.bytes} bytes, of which ${sent} are content`)
  assert.ok(seen.firstPaint <= seen.answer && seen.answer >= DELAY_MS && seen.services >= DELAY_MS, JSON.stringify(seen))
})

test('a slow connection delays the answer', async test => {
  const browser = await launch()
  test.after(() => browser.close())
  const { url } = await slowPage(test)
  const page = { url, answer: 'h1', service: '.s', count: 3 }
  const { answer } = await visit(browser, page, CONNECTIONS.mobile)
  assert.ok(answer > DELAY_MS + 2 * CONNECTIONS.mobile.latency, `${answer} ms`)
})

test('a page that requests another server is refused', async test => {
  const browser = await launch()
  test.after(() => browser.close())
  const other = await slowPage(test)
  const foreign = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' })
    .end(`<h1>x</h1><img src="${other.url.replace('127.0.0.1', 'localhost')}">`))
  await new Promise(done => foreign.listen(0, '127.0.0.1', done))
  test.after(() => foreign.close())
  const page = { url: `http://127.0.0.1:${foreign.address().port}/`, answer: 'h1', service: 'h1', count: 1 }
  await assert.rejects(visit(browser, page, CONNECTIONS.loopback), /requests another server/)
})

test('each compared program gets the same services', () => {
  const all = services(1_000)
  assert.equal(new Set(all.map(one => one.id)).size, 1_000)
  const down = all.filter(one => one.isDown)
  assert.equal(down.length, 10)
  for (const one of all) assert.equal(beats(one, 0).at(-1).isUp, !one.isDown)
  const known = new Set(all.map(one => one.id))
  assert.ok(outages(1_000).length == 240 && outages(1_000).every(one => known.has(one.monitor)))
  assert.equal(median([5, 1, 4, 2]), 3)
})
