// The Chromium of the system that the browser journeys drive.
import { existsSync } from 'node:fs';

export const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
export const browserIsThere = () => existsSync(CHROMIUM);
