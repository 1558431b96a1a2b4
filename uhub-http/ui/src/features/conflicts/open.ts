import { ref } from 'vue'
import type { Range } from '@/api/queries/calendar'

/** Which job's conflict is being resolved, and which range as a whole. The dialogs hang in the shell, over any page. */
export const conflictJob = ref<string | null>(null)
export const resolveRange = ref<Range | null>(null)

/** Opens the dialog that resolves what this job collides with. */
export function openConflict(jobId: string): void {
  resolveRange.value = null
  conflictJob.value = jobId
}

/** Opens the preview of the moves that free every conflict between two instants. */
export function openResolveAll(window: Range): void {
  conflictJob.value = null
  resolveRange.value = { start: window.start, end: window.end }
}
