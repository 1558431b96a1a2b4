import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, ifMatch, unwrap } from '../client'
import type { CreateProject, PatchProject, Project } from '../types'
import { readAll } from './all'
import { keys } from './keys'

/** All projects, by name. */
export function useProjects() {
  return useQuery({
    queryKey: [...keys.projects, 'all'],
    queryFn: async ({ signal }) => {
      const all: Project[] = await readAll((query) => unwrap(api.GET('/projects', { params: { query }, signal })))
      return all.sort((a, b) => a.name.localeCompare(b.name))
    },
    staleTime: 60_000,
  })
}

/** Projects by id, for lists that show their names and colours. */
export function useProjectMap() {
  const { data } = useProjects()
  return computed(() => new Map((data.value ?? []).map((project) => [project.id, project])))
}

export function useProject(id: MaybeRefOrGetter<string | null | undefined>) {
  return useQuery({
    queryKey: computed(() => [...keys.projects, 'one', toValue(id)]),
    queryFn: ({ signal }) => unwrap(api.GET('/projects/{id}', { params: { path: { id: toValue(id) ?? '' } }, signal })),
    enabled: computed(() => Boolean(toValue(id))),
  })
}

function useRefreshProjects() {
  const client = useQueryClient()
  return () => Promise.all([keys.projects, keys.calendar].map((queryKey) => client.invalidateQueries({ queryKey })))
}

export function useCreateProject() {
  return useMutation({
    mutationFn: (body: CreateProject) => unwrap(api.POST('/projects', { body })),
    onSuccess: useRefreshProjects(),
  })
}

export function usePatchProject() {
  return useMutation({
    mutationFn: ({ id, version, patch }: { id: string; version: number; patch: PatchProject }) =>
      unwrap(api.PATCH('/projects/{id}', { params: { path: { id }, header: ifMatch(version) }, body: patch })),
    onSettled: useRefreshProjects(),
  })
}
