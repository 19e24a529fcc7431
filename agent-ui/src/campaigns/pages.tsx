export { CampaignPage } from './campaign-page.tsx';
export { CampaignsPage } from './list-page.tsx';
export { NewCampaignPage } from './new-page.tsx';
