import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, unwrap } from '../client'
import type { ApiToken, CreateToken } from '../types'
import { readAll } from './all'
import { keys } from './keys'

/** The tokens of a user, the newest first. */
export function useTokens(user: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: [...keys.users, 'tokens', user],
    queryFn: async ({ signal }) => {
      const path = { id: toValue(user) }
      const all: ApiToken[] = await readAll((query) => unwrap(api.GET('/users/{id}/tokens', { params: { path, query }, signal })))
      return all.reverse()
    },
  })
}

function useRefreshTokens() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: [...keys.users, 'tokens'] })
}

export function useCreateToken() {
  return useMutation({
    mutationFn: ({ user, ...body }: CreateToken & { user: string }) =>
      unwrap(api.POST('/users/{id}/tokens', { params: { path: { id: user } }, body })),
    onSuccess: useRefreshTokens(),
  })
}

export function useRevokeToken() {
  return useMutation({
    mutationFn: ({ user_id, id }: ApiToken) =>
      unwrap(api.DELETE('/users/{id}/tokens/{token_id}', { params: { path: { id: user_id, token_id: id } } })),
    onSuccess: useRefreshTokens(),
  })
}
