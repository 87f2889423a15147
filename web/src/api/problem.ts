/** What the server answers when it will not do a thing (RFC 9457): a code, the reason in the reader's words, what to do. */
export interface Problem {
  code: string
  status: number
  detail: string
  field?: string
  hint?: string
  errors?: { field: string; reason: string }[]
}

export class ApiProblem extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail)
    this.name = 'ApiProblem'
  }

  /** Nothing came back: no network, or the server is away. What was to be sent was not taken. */
  static offline(cause: unknown): ApiProblem {
    return new ApiProblem({ code: 'offline', status: 0, detail: String(cause) })
  }
}

export async function problemOf(response: Response): Promise<ApiProblem> {
  const fallback: Problem = {
    code: `http_${response.status}`,
    status: response.status,
    detail: response.statusText,
  }
  if (!response.headers.get('content-type')?.includes('json')) return new ApiProblem(fallback)
  try {
    return new ApiProblem({ ...fallback, ...((await response.json()) as Partial<Problem>) })
  } catch {
    return new ApiProblem(fallback)
  }
}
