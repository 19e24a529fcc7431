export { RecordingPolicyPage } from './policy-page.tsx';
