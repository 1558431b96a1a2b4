import { authorizedFetch } from '@/api/client'
import { url } from '@/api/base'
import { problemFrom } from '@/api/problem'

/** Saves the whole log as text. @throws Problem */
export async function downloadLog(runId: string): Promise<void> {
  const response = await authorizedFetch(url(`runs/${encodeURIComponent(runId)}/logs`), { headers: { Accept: 'text/plain' } })
  if (!response.ok) throw problemFrom(response, await response.json().catch(() => null))
  const address = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = `run-${runId}.log`
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
