import { consents } from './consents';
import { daily } from './daily';
import { gifts } from './gifts';
import { knowing } from './knowing';
import { running } from './running';
import { savings } from './savings';
import { stored } from './stored';
import { whatIf } from './what-if';

/** English; its keys are the keys of every language. `{name}` takes a parameter, `{n|one|# many}` chooses by number. */
const text = { ...consents, ...daily, ...gifts, ...knowing, ...running, ...savings, ...stored, ...whatIf };

export default text;
