// The pages and images of every scenario, as two validators read them: html-validate, and the checker of the W3C, which
// also parses the styles.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

import { HtmlValidate } from 'html-validate'
import jar from 'vnu-jar'

import { files, folder, scenarios } from '../lib/scenarios.js'

const MIB = 1 << 20

const RULES = {
  root: true,
  extends: ['html-validate:recommended'],
  rules: {
    'doctype-style': ['error', { style: 'lowercase' }],
    // An id may contain a colon, as the ids of incidents on a day do.
    'valid-id': ['error', { relaxed: true }],
    // A parser adds the element `tbody`, so its tags would only cost bytes.
    'prefer-tbody': 'off',
    // A title ends with the name of the page, of which the operator chooses the length.
    'long-title': 'off',
  },
}

/** The messages of the checker of the W3C that are wrong, each with its reason. */
const FALSE_ALARMS = [
  // A property of SVG 2: https://www.w3.org/TR/SVG2/coords.html#VectorEffectProperty
  { message: 'CSS: “vector-effect”: Property “vector-effect” doesn\'t exist.' },
  // A property of SVG 2: https://www.w3.org/TR/SVG2/painting.html#PaintOrderProperty
  { message: 'CSS: “paint-order”: Property “paint-order” doesn\'t exist.' },
  // The policy allows `data:` in `img-src`, and the checker reads the value of the directive as an address.
  {
    start: 'Resource violates Content Security Policy (meta tag): image “data:image/svg+xml;base64,',
    end: 'blocked by “img-src” directive',
  },
  // The file is correct UTF-8 with an emoji, of which the checker loses the first half.
  { message: 'Unmatched low surrogate.', file: '/hostile-text/badge/emoji.svg' },
]

/** Runs the checker of the W3C on files or folders, and returns its messages. */
function check(...paths) {
  const options = ['-jar', jar, '--stdout', '--exit-zero-always', '--format', 'json', '--also-check-svg', '--skip-non-html']
  const output = execFileSync('java', [...options, ...paths], { maxBuffer: 64 * MIB })
  return JSON.parse(output).messages
}

/** Tells whether a message is that of a false alarm. */
function isOf(alarm, { message, url }) {
  if (alarm.file && !url.endsWith(alarm.file)) return false
  return message == alarm.message || (alarm.start && message.startsWith(alarm.start) && message.includes(alarm.end))
}

test('html-validate accepts each page of each scenario', async () => {
  const validator = new HtmlValidate(RULES)
  let n_pages = 0
  for (const scenario of scenarios()) {
    for (const [path, content] of files(scenario)) {
      if (!path.endsWith('.html')) continue
      const { results } = await validator.validateString(content.toString(), `${scenario}/${path}`)
      const messages = results.flatMap(result => result.messages)
      assert.deepEqual(messages.map(({ ruleId, message, line }) => `${line}: ${ruleId}: ${message}`), [], `${scenario}/${path}`)
      n_pages += 1
    }
  }
  assert.ok(n_pages > 300, `${n_pages} pages`)
})

test('the checker of the W3C accepts each page and image of each scenario', () => {
  const messages = check(folder)
  const known = message => FALSE_ALARMS.some(alarm => isOf(alarm, message))
  const errors = messages.filter(message => !known(message))
  assert.deepEqual(errors.slice(0, 5).map(({ url, lastLine, message }) => `${url}:${lastLine}: ${message}`), [])
  const unused = FALSE_ALARMS.filter(alarm => !messages.some(message => isOf(alarm, message)))
  assert.deepEqual(unused, [], 'the checker no longer gives these false alarms')
})

test('both validators find a wrong page', async () => {
  const wrong = fileURLToPath(new URL('wrong.html', import.meta.url))
  const { results } = await new HtmlValidate(RULES).validateFile(wrong)
  const rules = results.flatMap(result => result.messages).map(({ ruleId }) => ruleId)
  assert.ok(rules.includes('no-dup-id') && rules.includes('element-permitted-content'), `${rules}`)
  const errors = check(wrong).filter(({ type }) => type == 'error').map(({ message }) => message)
  assert.ok(errors.includes('Duplicate ID “a”.'), `${errors}`)
  assert.ok(errors.some(message => message.startsWith('CSS: “colour”: Property “colour” doesn\'t exist.')), `${errors}`)
})
