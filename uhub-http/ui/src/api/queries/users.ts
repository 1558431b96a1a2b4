import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, ifMatch, unwrap } from '../client'
import { session } from '../session'
import type { CreateUser, PatchUser, User } from '../types'
import { readAll } from './all'
import { keys } from './keys'

/** All users, by name. */
export function useUsers() {
  return useQuery({
    queryKey: [...keys.users, 'all'],
    queryFn: async ({ signal }) => {
      const all: User[] = await readAll((query) => unwrap(api.GET('/users', { params: { query }, signal })))
      return all.sort((a, b) => a.display_name.localeCompare(b.display_name))
    },
    staleTime: 60_000,
  })
}

/** Users by id, for lists that show who. */
export function useUserMap() {
  const { data } = useUsers()
  return computed(() => new Map((data.value ?? []).map((user) => [user.id, user])))
}

function useRefreshUsers() {
  const client = useQueryClient()
  return () => Promise.all([client.invalidateQueries({ queryKey: keys.users }), session.reload()])
}

export function useCreateUser() {
  return useMutation({
    mutationFn: (body: CreateUser) => unwrap(api.POST('/users', { body })),
    onSuccess: useRefreshUsers(),
  })
}

export function usePatchUser() {
  return useMutation({
    mutationFn: ({ id, version, patch }: { id: string; version?: number; patch: PatchUser }) =>
      unwrap(api.PATCH('/users/{id}', {
        params: { path: { id }, ...(version === undefined ? {} : { header: ifMatch(version) }) },
        body: patch,
      })),
    onSuccess: useRefreshUsers(),
  })
}
