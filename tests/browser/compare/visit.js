// One visit of a page by a browser without a cache.

/** The connection of a visit. `null` is the loopback interface as it is. */
export const CONNECTIONS = {
  loopback: null,
  // The figures of Lighthouse for a mobile connection, and a processor of a quarter of the speed.
  mobile: { latency: 150, downloadThroughput: (1.6e6 / 8) * 0.9, uploadThroughput: (750e3 / 8) * 0.9, slowdown: 4 },
}

const PATIENCE_MS = 180_000

/** Loads a page and returns the times in milliseconds, the bytes and the number of requests. */
export async function visit(browser, { url, answer, service, count }, connection) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  try {
    const page = await context.newPage()
    const client = await context.newCDPSession(page)
    const traffic = await observe(client)
    await slowDown(client, connection)
    await page.addInitScript(watch, { answer, service, count })
    await page.goto(url, { timeout: PATIENCE_MS })
    await page.waitForFunction(() => window.seen.answer && window.seen.services, null, { timeout: PATIENCE_MS })
    await page.waitForLoadState('networkidle', { timeout: PATIENCE_MS })
    const { answer: answered, services, firstPaint } = await page.evaluate(() => ({
      ...window.seen,
      firstPaint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    }))
    const { hostname } = new URL(url)
    const foreign = traffic.urls.filter(one => new URL(one).hostname != hostname)
    if (foreign.length > 0) throw new Error(`${url} requests another server: ${foreign}`)
    // What is in the document before its first paint becomes visible with it.
    const shown = time => Math.max(time, firstPaint)
    return { requests: traffic.urls.length, bytes: traffic.bytes, firstPaint, answer: shown(answered), services: shown(services) }
  } finally {
    await context.close()
  }
}

/** Counts the requests and the received bytes, as compressed, with headers. */
async function observe(client) {
  const traffic = { urls: [], bytes: 0 }
  const isRemote = url => !/^(data|blob):/.test(url)
  client.on('Network.requestWillBeSent', ({ request }) => isRemote(request.url) && traffic.urls.push(request.url))
  client.on('Network.loadingFinished', ({ encodedDataLength }) => { traffic.bytes += encodedDataLength })
  await client.send('Network.enable')
  return traffic
}

async function slowDown(client, connection) {
  if (!connection) return
  const { slowdown, ...network } = connection
  await client.send('Network.emulateNetworkConditions', { offline: false, ...network })
  await client.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
}

/** In the page: notes the end of the first frame with the answer, and of the first one with the state of each service. */
function watch({ answer, service, count }) {
  window.seen = {}
  const isShown = () => {
    const element = document.querySelector(answer)
    return element?.innerText.trim() && element.getBoundingClientRect().height > 0
  }
  const found = { answer: isShown, services: () => document.querySelectorAll(service).length >= count }
  const look = () => {
    for (const [what, isFound] of Object.entries(found)) {
      if (!isFound()) continue
      delete found[what]
      // The next frame begins when this one has been drawn.
      requestAnimationFrame(() => { window.seen[what] = performance.now() })
    }
    if (Object.keys(found).length > 0) requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}
