(() => {
  const script = document.currentScript
  if (!script) throw new Error('embed.js: load it with <script src>, without type="module"')
  const frame = document.createElement('iframe')
  frame.src = new URL('embed.html', script.src)
  frame.title = "Acme status"
  frame.width = script.dataset.width || 320
  frame.height = script.dataset.height || 56
  frame.loading = 'lazy'
  frame.referrerPolicy = 'no-referrer'
  frame.sandbox = 'allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts'
  frame.style.border = 0
  frame.style.maxWidth = '100%'
  script.after(frame)
})()
