import { changedFields, sameValue, type FieldName, type JobFields } from './draft'

export interface Merge {
  /** Changed by others only: taken as they are. */
  taken: FieldName[]
  /** Changed by both, to different ends: somebody has to choose. */
  contested: FieldName[]
}

/** What became of a job between reading it (`base`) and saving it (`mine`), while others saved theirs. */
export function compare(base: JobFields, mine: JobFields, theirs: JobFields): Merge {
  const byOthers = changedFields(base, theirs)
  const byMe = new Set(changedFields(base, mine))
  return {
    taken: byOthers.filter((field) => !byMe.has(field)),
    contested: byOthers.filter((field) => byMe.has(field) && !sameValue(mine[field], theirs[field])),
  }
}

/** One's own changes on top of theirs; of what is contested, what was chosen. */
export function merge(base: JobFields, mine: JobFields, theirs: JobFields, keepMine: ReadonlySet<FieldName>): JobFields {
  const { contested } = compare(base, mine, theirs)
  const merged = { ...theirs }
  for (const field of changedFields(base, mine)) {
    if (!contested.includes(field) || keepMine.has(field)) Object.assign(merged, { [field]: mine[field] })
  }
  return merged
}
