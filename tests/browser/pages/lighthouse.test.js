// Lighthouse on the first page of 100 services, and on one page of each other sort. It measures the performance too,
// which is printed: 95 or more is the aim, but a time depends on what else the machine does.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { launch } from 'chrome-launcher'
import lighthouse from 'lighthouse'

import { chromiumPath } from '../lib/browser.js'
import { Site } from '../lib/site.js'

const FOR_PEOPLE = ['accessibility', 'best-practices']
const FOR_SEARCH = [...FOR_PEOPLE, 'seo']

/** The pages: a scenario, a path in it, and the categories in which the page gets 100. */
const PAGES = [
  ['hundred-services', 'index.html', FOR_SEARCH],
  ['languages', 'ar/index.html', FOR_SEARCH],
  ['one-outage', 'service/checkout.html', FOR_SEARCH],
  ['history', 'history/index.html', FOR_SEARCH],
  ['history', 'history/2026-01.html', FOR_SEARCH],
  ['providers', 'providers.html', FOR_SEARCH],
  ['providers', 'models.html', FOR_SEARCH],
  // Search engines must not list these two.
  ['all-ok', '404.html', FOR_PEOPLE],
  ['all-ok', 'embed.html', FOR_PEOPLE],
]

// The browser finds no host but the machine itself.
const FLAGS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]

let chromium

before(async () => { chromium = await launch({ chromePath: chromiumPath(), chromeFlags: FLAGS }) })
after(() => chromium.kill())

/** Returns the score of each category from 0 to 100, and the audits that cost points. */
async function judge(address, categories) {
  const flags = { port: chromium.port, onlyCategories: [...categories, 'performance'], logLevel: 'error' }
  const { lhr } = await lighthouse(address, flags)
  assert.equal(lhr.runtimeError, undefined)
  const score = category => Math.round(lhr.categories[category].score * 100)
  const lost = category => lhr.categories[category].auditRefs
    .map(({ id, weight }) => ({ id, weight, score: lhr.audits[id].score }))
    .filter(({ weight, score }) => weight > 0 && score !== null && score < 1)
    .map(({ id }) => id)
  return {
    scores: Object.fromEntries(categories.map(category => [category, score(category)])),
    lost: categories.flatMap(lost),
    performance: score('performance'),
  }
}

for (const [scenario, path, categories] of PAGES) {
  test(`${path} of ${scenario} gets 100 of 100 points`, async t => {
    const site = await Site.start(t, scenario)
    site.compresses = true
    assert.ok(site.files.has(path), path)
    const { scores, lost, performance } = await judge(`${site.url}/${path}`, categories)
    console.log(`performance ${performance}: ${scenario}/${path}`)
    assert.deepEqual(lost, [])
    assert.deepEqual(scores, Object.fromEntries(categories.map(category => [category, 100])))
  })
}

test('Lighthouse finds a page without a description', async t => {
  const site = await Site.start(t, 'all-ok')
  site.files.set('index.html', Buffer.from(site.page.replace(/<meta name="description"[^>]*>/, '')))
  const { scores, lost } = await judge(`${site.url}/index.html`, FOR_SEARCH)
  assert.deepEqual(lost, ['meta-description'])
  assert.ok(scores.seo < 100)
})
