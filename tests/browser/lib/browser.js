// Chromium without a window.

import { execFileSync } from 'node:child_process'

import { chromium } from 'playwright-core'

/** Returns the path of Chromium. */
export function chromiumPath() {
  return execFileSync('sh', ['-c', 'command -v chromium']).toString().trim()
}

/** Starts a browser. `flags` are further arguments of its command line. */
export async function launch(...flags) {
  const args = ['--no-sandbox', '--disable-quic', '--disable-background-networking', ...flags]
  return chromium.launch({ executablePath: chromiumPath(), args })
}

/** Opens all details of a page, so that a test sees the whole content. */
export async function unfold(page) {
  await page.evaluate(() => document.querySelectorAll('details').forEach(details => (details.open = true)))
}
