// The images of links to the page. `ALLCLEAR_ACCEPT=1 node --test tests/browser/share.test.js` draws them again.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { launch } from './lib/browser.js'
import { compare, draw, STATES } from './lib/share.js'

const folder = fileURLToPath(new URL('../../status-site/assets/share', import.meta.url))

let browser

before(async () => { browser = await launch() })
after(() => browser.close())

test('the image of each state has its icon and its colors, and a text', async () => {
  const colors = new Set()
  for (const state of Object.keys(STATES)) {
    const path = `${folder}/${state}.png`
    const drawn = await draw(browser, state)
    if (process.env.ALLCLEAR_ACCEPT) writeFileSync(path, drawn)
    const kept = readFileSync(path)
    assert.ok(kept.length < 30_000, `${state}: ${kept.length} bytes`)
    // The fonts of machines differ, so that only the presence of a text is compared.
    const { size, different, background, color } = await compare(browser, kept, drawn)
    assert.deepEqual(size, [1200, 630], state)
    assert.ok(different < 0.002, `${state}: ${different} of the pixels of the icon differ; accept the new image`)
    assert.ok(background > 0.8 && background < 0.99, `${state}: ${background} of the text is background`)
    colors.add(color)
  }
  assert.equal(colors.size, Object.keys(STATES).length)
})
