/** The one way to the HTTP API: cookie session, CSRF token, the reader's language, problems as errors with a reason. */
import createClient, { type Middleware } from 'openapi-fetch'

import type { paths } from './schema'
import { ApiProblem, problemOf } from './problem'

let language = 'zh-hans'
let onSignedOut: () => void = () => undefined

export function setLanguage(code: 'zh-CN' | 'en'): void {
  language = code === 'en' ? 'en' : 'zh-hans'
}

/** Called when the server says that nobody is logged in (any more). */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler
}

export function cookie(name: string): string {
  const found = document.cookie.split('; ').find((part) => part.startsWith(`${name}=`))
  return found ? decodeURIComponent(found.slice(name.length + 1)) : ''
}

export function headers(method: string): Record<string, string> {
  const common = { 'Accept-Language': language }
  return method === 'GET' ? common : { ...common, 'X-CSRFToken': cookie('csrftoken') }
}

const middleware: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(headers(request.method))) request.headers.set(name, value)
    return request
  },
  async onResponse({ response, request }) {
    if (response.ok || response.status === 304) return response
    if (response.status === 401 && !request.url.endsWith('/login')) onSignedOut()
    throw await problemOf(response)
  },
  onError({ error }) {
    return error instanceof ApiProblem ? error : ApiProblem.offline(error)
  },
}

export const api = createClient<paths>({ baseUrl: window.location.origin, credentials: 'same-origin' })
api.use(middleware)

/**
 * The data of an answer; what is not an answer has been thrown as an `ApiProblem`.
 * `await data(api.GET('/api/live/queues'))`
 */
export async function data<T>(call: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  return (await call).data as T
}

/** For a command that must not be carried out twice: the same key for the same intent, however often it is sent. */
export function once(): { 'Idempotency-Key': string } {
  return { 'Idempotency-Key': crypto.randomUUID() }
}
