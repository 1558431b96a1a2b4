import { QueryClient } from '@tanstack/vue-query'
import { asProblem } from '@/api/problem'

/** Again only where that may help: no answer, or a server in trouble. */
function mayHelp(failures: number, error: unknown): boolean {
  const { status } = asProblem(error)
  return failures < 2 && (status === 0 || status >= 500)
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: mayHelp,
      // The stream of changes says when something is old.
      staleTime: 30_000,
      refetchOnWindowFocus: false,
    },
    mutations: { retry: false },
  },
})
