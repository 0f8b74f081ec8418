import type { ReactNode } from 'react';
import { ApartmentOutlined, BarChartOutlined, CalendarOutlined, ContainerOutlined, GiftOutlined, ImportOutlined, SettingOutlined, TeamOutlined } from '@ant-design/icons';
import type { Place } from '../session';
import type { TextKey } from '../text';
import { paths } from '../paths';

interface PlaceEntry {
  text: TextKey;
  path: string;
  icon: ReactNode;
}

const entries: Record<Place, PlaceEntry> = {
  today: { text: 'place.today', path: paths.today(), icon: <CalendarOutlined /> },
  counter: { text: 'place.counter', path: paths.counter(), icon: <ContainerOutlined /> },
  members: { text: 'place.members', path: paths.members(), icon: <TeamOutlined /> },
  segments: { text: 'place.segments', path: paths.segments(), icon: <ApartmentOutlined /> },
  pyramid: { text: 'place.pyramid', path: paths.pyramid(), icon: <BarChartOutlined rotate={90} /> },
  benefits: { text: 'place.benefits', path: paths.benefits(), icon: <GiftOutlined /> },
  import: { text: 'place.import', path: paths.imports(), icon: <ImportOutlined /> },
  settings: { text: 'place.settings', path: paths.settings(), icon: <SettingOutlined /> },
};

export function placePath(place: Place): string {
  return entries[place].path;
}

export function placeEntry(place: Place): PlaceEntry {
  return entries[place];
}
