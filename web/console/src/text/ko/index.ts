import { daily } from './daily';
import { knowing } from './knowing';
import { running } from './running';
import { stored } from './stored';

/** 한국어(해요체). */
const text = { ...daily, ...knowing, ...running, ...stored };

export default text;
