export function CampaignsPage() {
  return null;
}
export function NewCampaignPage() {
  return null;
}
export function CampaignPage() {
  return null;
}
