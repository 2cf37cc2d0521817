// The rules of axe-core on every scenario, in both themes and at two widths.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import axe from 'axe-core'

import { launch, unfold } from './lib/browser.js'
import { firstPages, scenarios } from './lib/scenarios.js'
import { Site } from './lib/site.js'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

let browser

before(async () => { browser = await launch() })
after(() => browser.close())

/** Returns the rules that a page breaks, and the number of those that it keeps. */
async function check(page) {
  await page.evaluate(axe.source)
  const { violations, passes } = await page.evaluate(values => axe.run({ runOnly: { type: 'tag', values } }), TAGS)
  const broken = violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 120)}`)
  return { broken, n_kept: passes.length }
}

for (const scenario of scenarios()) {
  test(`${scenario} breaks no rule of accessibility`, async t => {
    const site = await Site.start(t, scenario)
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [320, 1280]) {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } })
        const page = await context.newPage()
        await page.clock.setFixedTime(site.now)
        for (const path of firstPages(scenario)) {
          await page.goto(`${site.url}/${path}`)
          await unfold(page)
          const { broken, n_kept } = await check(page)
          assert.deepEqual(broken, [], `${path}, ${colorScheme}, ${width} px`)
          assert.ok(n_kept > 15, `${n_kept} rules`)
        }
        await context.close()
      }
    }
  })
}

test('the pages of services, of months and the calendar break no rule of accessibility', async t => {
  const pages = [
    ['one-outage', 'service/checkout.html'], ['young', 'service/month.html'], ['first-deploy', 'service/website.html'],
    ['languages', 'service/checkout.html'], ['history', 'history/index.html'], ['history', 'history/2026-01.html'],
    ['hostile-text', 'history/2026-03.html'], ['themed', 'service/checkout.html'], ['themed', 'history/index.html'], ['languages', 'ar/history/index.html'],
  ]
  for (const [scenario, path] of pages) {
    const site = await Site.start(t, scenario)
    assert.ok(site.files.has(path), path)
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [320, 1280]) {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } })
        const page = await context.newPage()
        await page.goto(`${site.url}/${path}`)
        await unfold(page)
        const { broken, n_kept } = await check(page)
        assert.deepEqual(broken, [], `${scenario}, ${path}, ${colorScheme}, ${width} px`)
        assert.ok(n_kept > 10, `${n_kept} rules`)
        await context.close()
      }
    }
  }
})

test('the pages about providers break no rule of accessibility', async t => {
  for (const scenario of ['providers', 'providers-fine', 'provider-measured-more', 'provider-reported-more', 'provider-without-page']) {
    const site = await Site.start(t, scenario)
    for (const path of ['providers.html', 'models.html', 'service/openai.html'].filter(path => site.files.has(path))) {
      for (const colorScheme of ['light', 'dark']) {
        for (const width of [320, 1280]) {
          const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } })
          const page = await context.newPage()
          await page.clock.setFixedTime(site.now)
          await page.goto(`${site.url}/${path}`)
          await unfold(page)
          const { broken, n_kept } = await check(page)
          assert.deepEqual(broken, [], `${scenario}, ${path}, ${colorScheme}, ${width} px`)
          assert.ok(n_kept > 10, `${n_kept} rules`)
          await context.close()
        }
      }
    }
  }
})

test('the test finds a missing name', async () => {
  const page = await browser.newPage()
  await page.setContent('<html lang="en"><title>t</title><main><h1>t</h1><svg role="img"></svg></main>')
  assert.ok((await check(page)).broken.some(rule => rule.startsWith('svg-img-alt')))
  await page.close()
})
