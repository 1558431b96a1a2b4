import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { api, unwrap } from '../client'
import type { Freeze, NewFreeze } from '../types'
import { readAll } from './all'
import { keys } from './keys'

export function useFreezes() {
  return useQuery({
    queryKey: [...keys.freezes, 'all'],
    queryFn: ({ signal }): Promise<Freeze[]> => readAll((query) => unwrap(api.GET('/freezes', { params: { query }, signal }))),
  })
}

/** Which jobs a window would stop; makes none. */
export function tryFreeze(body: NewFreeze, signal?: AbortSignal) {
  return unwrap(api.POST('/freezes', { params: { query: { dry_run: true } }, body, ...(signal ? { signal } : {}) }))
}

function useRefreshFreezes() {
  const client = useQueryClient()
  return () => Promise.all([keys.freezes, keys.calendar].map((queryKey) => client.invalidateQueries({ queryKey })))
}

export function useCreateFreeze() {
  return useMutation({
    mutationFn: (body: NewFreeze) => unwrap(api.POST('/freezes', { body })),
    onSuccess: useRefreshFreezes(),
  })
}

export function useDeleteFreeze() {
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/freezes/{id}', { params: { path: { id } } })),
    onSettled: useRefreshFreezes(),
  })
}
