import { jsonLines } from '@/shared/lib/json_lines'

/** A refusal of the hub (RFC 9457 problem): a stable code and a sentence that says what to do. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  /** The problem as it came: some codes say more than a sentence (RFC 9457 §3.2). */
  readonly body: Readonly<Record<string, unknown>>

  constructor(status: number, code: string, detail: string, body: Record<string, unknown> = {}) {
    super(detail)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.body = body
  }

  /** The request never arrived or was not answered: trying again may help. */
  get offline(): boolean {
    return this.status === 0
  }

  /** Nobody is signed in any more, or another tab signed in anew: nothing was done, nor refused for what it is. */
  get unheard(): boolean {
    return this.status === 401 || this.code === OTHER_SESSION
  }
}

interface Problem extends Record<string, unknown> {
  code?: string
  title?: string
  detail?: string
}

const BASE = '/api/v1'
const OTHER_SESSION = 'bad_csrf_token'
const TIMEOUT_MS = 15_000
/** A file takes as long as the line of whoever sends it. */
const UPLOAD_MS = 10 * 60_000
let csrfToken = ''
let whenSignedOut: () => void = () => undefined
let whenOtherSession: () => void = () => undefined
let whenWritten: (saved: boolean) => void = () => undefined

export function useCsrf(token: string): void {
  csrfToken = token
}

/** Called when the hub says that the session is over (401). */
export function onSignedOut(handler: () => void): void {
  whenSignedOut = handler
}

/** Called when the cookie is of another session than this page's: another tab signed in anew. */
export function onOtherSession(handler: () => void): void {
  whenOtherSession = handler
}

/** The socket was told that the session is over (4401): the same as a 401. */
export function signedOut(): void {
  whenSignedOut()
}

/** Called after each request that would change something: saved, or refused because the hub cannot save now. */
export function onWritten(handler: (saved: boolean) => void): void {
  whenWritten = handler
}

async function refusal(response: Response): Promise<ApiError> {
  let problem: Problem = {}
  try {
    problem = (await response.json()) as Problem
  } catch {
    // not a problem body (a proxy's page): the status alone has to do
  }
  const detail = problem.detail ?? problem.title ?? `HTTP ${response.status}`
  return new ApiError(response.status, problem.code ?? `http.${response.status}`, detail, problem)
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(BASE + path, {
      credentials: 'same-origin',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...init,
    })
  } catch (cause) {
    throw new ApiError(0, 'offline', cause instanceof Error ? cause.message : String(cause))
  }
}

interface Way {
  /** The page is being left: it is sent all the same. */
  leaving?: boolean
  /** Aborting it ends the request, and what the hub does for it where that can take long. */
  signal?: AbortSignal | undefined
  /** Its body is as large as a file. */
  large?: boolean
}

async function ask<T>(method: string, path: string, body?: unknown, way: Way = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': document.documentElement.lang }
  if (method !== 'GET') headers['X-CSRF-Token'] = csrfToken
  const form = body instanceof FormData
  if (body !== undefined && !form) headers['Content-Type'] = 'application/json'
  const init: RequestInit = { method, headers, keepalive: way.leaving ?? false }
  if (body !== undefined) init.body = form ? body : JSON.stringify(body)
  if (form || way.large) init.signal = AbortSignal.timeout(UPLOAD_MS)
  else if (way.signal) init.signal = AbortSignal.any([way.signal, AbortSignal.timeout(TIMEOUT_MS)])
  const response = await send(path, init)
  if (!response.ok) {
    const error = await refusal(response)
    if (method !== 'GET' && error.status === 503) whenWritten(false)
    if (error.status === 401 && !path.startsWith('/session')) whenSignedOut()
    if (error.code === OTHER_SESSION) whenOtherSession()
    throw error
  }
  if (method !== 'GET') whenWritten(true)
  if (response.status === 204) return undefined as T
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

/** What is answered line by line, for as long as it takes; aborting the signal ends it there, too. */
async function* lines<T>(path: string, body: unknown, signal: AbortSignal): AsyncGenerator<T> {
  const headers = { Accept: 'application/x-ndjson', 'Accept-Language': document.documentElement.lang, 'Content-Type': 'application/json', 'X-CSRF-Token': csrfToken }
  const response = await send(path, { method: 'POST', headers, body: JSON.stringify(body), signal })
  if (!response.ok) {
    const error = await refusal(response)
    if (error.status === 401) whenSignedOut()
    if (error.code === OTHER_SESSION) whenOtherSession()
    throw error
  }
  if (response.body === null) return
  try {
    yield* jsonLines<T>(response.body)
  } catch (cause) {
    throw new ApiError(0, 'offline', cause instanceof Error ? cause.message : String(cause))
  }
}

/** `{a: 1, b: undefined, c: ['x', 'y']}` → "?a=1&c=x&c=y"; empty values are left out. */
export function query(values: Record<string, string | string[] | number | undefined | null>): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) {
    if (Array.isArray(value)) value.forEach((one) => search.append(key, one))
    else if (value !== undefined && value !== null && value !== '') search.set(key, String(value))
  }
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}

export const http = {
  get: <T>(path: string) => ask<T>('GET', path),
  post: <T>(path: string, body?: unknown, signal?: AbortSignal, leaving = false) => ask<T>('POST', path, body ?? {}, { signal, leaving }),
  put: <T>(path: string, body?: unknown, leaving = false) => ask<T>('PUT', path, body, { leaving }),
  patch: <T>(path: string, body?: unknown) => ask<T>('PATCH', path, body),
  delete: <T>(path: string) => ask<T>('DELETE', path),
  lines,
  /** A file among other values: it takes as long as a file. */
  large: <T>(path: string, body: unknown) => ask<T>('POST', path, body, { large: true }),
  upload: <T>(path: string, form: FormData) => ask<T>('POST', path, form),
}
