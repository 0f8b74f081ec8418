import { daily } from './daily';
import { knowing } from './knowing';
import { running } from './running';

/** 한국어(해요체). */
const text = { ...daily, ...knowing, ...running };

export default text;
