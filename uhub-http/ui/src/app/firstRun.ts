import { hubQuery } from '@/api/queries/hub'
import { queryClient } from './queryClient'

/** Whether nobody can sign in yet because there is no user. */
export async function isFirstRun(): Promise<boolean> {
  const hub = await queryClient.ensureQueryData(hubQuery).catch(() => null)
  return hub?.needs_admin ?? false
}
