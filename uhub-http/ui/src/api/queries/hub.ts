import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { url } from '../base'
import { fetchOrTake } from '../early'
import { problemFrom } from '../problem'
import type { components } from '../schema'
import { keys } from './keys'

export type DemoAccount = components['schemas']['DemoAccount']
/** What anybody may know of this hub before signing in. */
export type Hub = components['schemas']['HubInfo']

export async function readHub(): Promise<Hub> {
  const response = await fetchOrTake(url('hub'))
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) throw problemFrom(response, body)
  return body as Hub
}

export const hubQuery = { queryKey: keys.hub, queryFn: readHub, staleTime: Infinity }

export function useHub() {
  return useQuery(hubQuery)
}

/** The zone of the hub's days; the browser's until it is known. */
export function useHubZone() {
  const hub = useHub()
  return computed(() => hub.data.value?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone)
}
