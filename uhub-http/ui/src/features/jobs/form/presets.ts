/** Beginnings of requests to what people most often start from outside. The project says how such a run's end is learnt. */
export interface Preset {
  id: 'github_workflow' | 'github_dispatch' | 'gitlab' | 'jenkins' | 'generic'
  url: string
  method: string
  payload: unknown
  /** What it signs itself with: the names that the hub expects. */
  secrets: readonly string[]
}

export const PRESETS: readonly Preset[] = [
  {
    id: 'github_workflow',
    url: 'https://api.github.com/repos/OWNER/REPO/actions/workflows/WORKFLOW.yml/dispatches',
    method: 'POST',
    payload: { ref: 'main', inputs: {} },
    secrets: ['TOKEN'],
  },
  {
    id: 'github_dispatch',
    url: 'https://api.github.com/repos/OWNER/REPO/dispatches',
    method: 'POST',
    payload: { event_type: 'uhub', client_payload: {} },
    secrets: ['TOKEN'],
  },
  {
    id: 'gitlab',
    url: 'https://gitlab.com/api/v4/projects/ID/trigger/pipeline',
    method: 'POST',
    payload: { ref: 'main', variables: {} },
    secrets: ['TOKEN'],
  },
  { id: 'jenkins', url: 'https://jenkins.example.org/job/NAME/buildWithParameters', method: 'POST', payload: {}, secrets: ['USER', 'TOKEN'] },
  { id: 'generic', url: 'https://example.org/hook', method: 'POST', payload: {}, secrets: ['SIGNING_KEY'] },
]
