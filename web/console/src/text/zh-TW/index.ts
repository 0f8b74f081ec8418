import { consents } from './consents';
import { daily } from './daily';
import { gifts } from './gifts';
import { knowing } from './knowing';
import { running } from './running';
import { savings } from './savings';
import { stored } from './stored';
import { whatIf } from './what-if';

/** 繁體中文（臺灣用語）。 */
const text = { ...consents, ...daily, ...gifts, ...knowing, ...running, ...savings, ...stored, ...whatIf };

export default text;
