// Reads openapi.json and lays it out; no library, nothing from elsewhere.
const words = {
  'zh-CN': { language: '语言', filter: '筛选', key: '密钥', schemas: '数据结构', parameters: '参数', body: '请求正文', responses: '响应', name: '名称', type: '类型', about: '说明', status: '状态', send: '发送请求', required: '必填', failed: '未能连接服务器。', caution: '此请求会修改真实数据。' },
  'zh-TW': { language: '語言', filter: '篩選', key: '金鑰', schemas: '資料結構', parameters: '參數', body: '請求內容', responses: '回應', name: '名稱', type: '型別', about: '說明', status: '狀態', send: '送出請求', required: '必填', failed: '無法連線到伺服器。', caution: '此請求會修改真實資料。' },
  ko: { language: '언어', filter: '찾기', key: '키', schemas: '데이터 구조', parameters: '매개변수', body: '요청 본문', responses: '응답', name: '이름', type: '형식', about: '설명', status: '상태', send: '요청 보내기', required: '필수', failed: '서버에 연결하지 못했습니다.', caution: '실제 데이터를 바꾸는 요청입니다.' },
  en: { language: 'Language', filter: 'Filter', key: 'Key', schemas: 'Schemas', parameters: 'Parameters', body: 'Body', responses: 'Responses', name: 'Name', type: 'Type', about: 'About', status: 'Status', send: 'Send', required: 'required', failed: 'The server cannot be reached.', caution: 'This request changes real data.' },
}
const names = { 'zh-CN': '简体中文', 'zh-TW': '繁體中文', ko: '한국어', en: 'English' }

const preferred = () => {
  for (const tag of [localStorage.getItem('danggol.docs.language'), ...navigator.languages]) {
    if (!tag) continue
    if (words[tag]) return tag
    if (/^zh-(tw|hk|mo|hant)/i.test(tag)) return 'zh-TW'
    const found = Object.keys(words).find((known) => known.split('-')[0] === tag.split('-')[0])
    if (found) return found
  }
  return 'en'
}
let language = preferred()
const t = (key) => words[language][key]

const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value)
    else if (value !== undefined) made.setAttribute(key, value)
  }
  made.append(...children.filter((child) => child !== undefined))
  return made
}

const nameOf = (reference) => reference.split('/').pop()
const link = (reference) => element('a', { href: `#schema-${nameOf(reference)}` }, nameOf(reference))

const typeOf = (schema) => {
  if (!schema) return ''
  if (schema.$ref) return link(schema.$ref)
  const parts = schema.oneOf ?? schema.anyOf ?? schema.allOf
  if (parts) return element('span', {}, ...parts.flatMap((part, index) => (index ? [' | ', typeOf(part)] : [typeOf(part)])))
  const type = [schema.type].flat().filter(Boolean).join(' | ')
  if (type.startsWith('array')) return element('span', {}, '[', typeOf(schema.items), ']')
  const more = schema.enum?.map((value) => JSON.stringify(value)).join(' | ') ?? schema.format
  return [type, more].filter(Boolean).join(': ')
}

/** A value of a schema to begin with, required members first. */
const sample = (schema, document, depth = 0) => {
  if (!schema || depth > 4) return null
  if (schema.$ref) return sample(document.components.schemas[nameOf(schema.$ref)], document, depth + 1)
  if (schema.example !== undefined) return schema.example
  if (schema.examples?.length) return schema.examples[0]
  if (schema.enum) return schema.enum[0]
  const part = (schema.oneOf ?? schema.anyOf ?? schema.allOf)?.find((one) => one.type !== 'null')
  if (part) return sample(part, document, depth + 1)
  const type = [schema.type].flat().find((one) => one && one !== 'null')
  if (type === 'object') {
    const wanted = Object.entries(schema.properties ?? {}).filter(([name]) => !schema.required || schema.required.includes(name))
    return Object.fromEntries(wanted.map(([name, value]) => [name, sample(value, document, depth + 1)]))
  }
  if (type === 'array') return [sample(schema.items, document, depth + 1)]
  return { string: '', integer: 0, number: 0, boolean: false }[type] ?? null
}

/** Text in which what stands between backticks is code. */
const prose = (text) => text.split('`').map((part, index) => (index % 2 ? element('code', {}, part) : part))

const table = (heads, rows) =>
  element('table', {}, element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))), element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map((cell) => element('td', {}, cell ?? ''))))))

const send = async (method, path, inputs, body, output) => {
  let address = path
  const query = new URLSearchParams()
  const headers = { 'Accept-Language': language }
  for (const { parameter, input } of inputs) {
    if (!input.value) continue
    if (parameter.in === 'path') address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value))
    if (parameter.in === 'query') query.set(parameter.name, input.value)
    if (parameter.in === 'header') headers[parameter.name] = input.value
  }
  const key = document.querySelector('#key').value.trim()
  if (key) headers.Authorization = `Bearer ${key}`
  else if (method !== 'GET') headers['X-Danggol-Console'] = '1'
  if (body) headers['Content-Type'] = 'application/json'
  try {
    const answer = await fetch(query.size ? `${address}?${query}` : address, { method, headers, body: body?.value, credentials: key ? 'omit' : 'same-origin' })
    const text = await answer.text()
    let shown = text
    try { shown = JSON.stringify(JSON.parse(text), null, 2) } catch { /* It is no JSON: shown as it is. */ }
    output.textContent = `${answer.status} ${answer.statusText}\n\n${shown}`
  } catch {
    output.textContent = t('failed')
  }
}

const operationView = (document, path, method, operation) => {
  const parameters = operation.parameters ?? []
  const inputs = parameters.map((parameter) => ({ parameter, input: element('input', { 'aria-label': parameter.name }) }))
  const schema = operation.requestBody?.content?.['application/json']?.schema
  const body = schema && element('textarea', { 'aria-label': t('body'), spellcheck: 'false' })
  if (body) body.value = JSON.stringify(sample(schema, document), null, 2)
  const output = element('pre', { 'aria-live': 'polite' })
  const verb = method.toUpperCase()
  const inside = element('div', {})
  if (operation.description) inside.append(element('p', {}, ...prose(operation.description)))
  if (inputs.length) {
    const rows = inputs.map(({ parameter, input }) => [element('code', {}, parameter.name), `${parameter.in}${parameter.required ? `, ${t('required')}` : ''}`, input])
    inside.append(element('h3', {}, t('parameters')), table([t('name'), t('type'), ''], rows))
  }
  if (body) inside.append(element('h3', {}, t('body'), ' ', typeOf(schema)), body)
  const responses = Object.entries(operation.responses ?? {}).map(([status, answer]) => [status, answer.description, typeOf(Object.values(answer.content ?? {})[0]?.schema)])
  if (verb !== 'GET') inside.append(element('p', {}, t('caution')))
  inside.append(element('button', { type: 'button', onclick: () => send(verb, path, inputs, body, output) }, t('send')), output)
  inside.append(element('h3', {}, t('responses')), table([t('status'), t('about'), t('type')], responses))
  return element('details', { id: operation.operationId, 'data-search': `${verb} ${path} ${operation.summary ?? ''}`.toLowerCase() }, element('summary', {}, element('span', { class: 'method' }, verb), element('code', {}, path), ` — ${operation.summary ?? ''}`), inside)
}

const schemaView = (name, schema) => {
  const required = schema.required ?? []
  const rows = Object.entries(schema.properties ?? {}).map(([field, value]) => [element('code', {}, field), element('span', {}, typeOf(value), required.includes(field) ? ` (${t('required')})` : ''), value.description])
  return element('details', { id: `schema-${name}`, 'data-search': name.toLowerCase() }, element('summary', {}, element('code', {}, name)), element('p', {}, ...prose(schema.description ?? '')), rows.length ? table([t('name'), t('type'), t('about')], rows) : element('pre', {}, JSON.stringify(schema, null, 2)))
}

const filter = () => {
  const wanted = document.querySelector('#filter').value.trim().toLowerCase()
  for (const shown of document.querySelectorAll('details')) shown.hidden = !shown.dataset.search.includes(wanted)
}

const openTarget = () => {
  const target = location.hash && document.getElementById(location.hash.slice(1))
  if (target) {
    target.open = true
    target.scrollIntoView()
  }
}

const show = (description) => {
  document.documentElement.lang = language
  for (const place of document.querySelectorAll('[data-text]')) place.textContent = t(place.dataset.text)
  document.querySelector('#about').replaceChildren(...prose(description.info.description ?? ''))
  const byTag = new Map()
  for (const [path, item] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const tag = operation.tags?.[0] ?? ''
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationView(description, path, method, operation)])
    }
  }
  document.querySelector('#operations').replaceChildren(...[...byTag].flatMap(([tag, views]) => [element('h2', {}, tag), ...views]))
  document.querySelector('#schemas').replaceChildren(...Object.entries(description.components.schemas).map(([name, schema]) => schemaView(name, schema)))
  filter()
}

const picker = document.querySelector('#language')
picker.append(...Object.entries(names).map(([tag, name]) => element('option', { value: tag }, name)))
picker.value = language
const description = await (await fetch('/api/openapi.json')).json()
picker.addEventListener('change', () => {
  language = picker.value
  localStorage.setItem('danggol.docs.language', language)
  show(description)
})
document.querySelector('#filter').addEventListener('input', filter)
addEventListener('hashchange', openTarget)
show(description)
openTarget()
