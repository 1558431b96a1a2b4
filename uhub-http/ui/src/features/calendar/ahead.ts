import { prefetchCalendarEvents } from '@/api/queries/calendar'
import { hubQuery } from '@/api/queries/hub'
import { queryClient } from '@/app/queryClient'
import type { Shown } from './filters'
import { daysShown } from './range'
import { spanOf } from './useCalendarFeed'
import { createZone } from './zone'

/** Asks for the events that will be shown, while it is still being asked who is here. */
export async function readAhead({ view, day, color }: Shown): Promise<void> {
  const { time_zone } = await queryClient.fetchQuery(hubQuery)
  const zone = createZone(time_zone)
  const days = daysShown(view, day ?? zone.dayOf(Date.now()))
  await prefetchCalendarEvents(queryClient, { ...spanOf(days, zone), color_by: color })
}
