// The Azure Bot of Bridge for Jira with its channels. The app registration and its client secret are made in Entra
// first (az ad app create); a managed identity needs neither. Nothing in this file or its parameters is a secret.
targetScope = 'resourceGroup'

@description('Name of the Azure Bot, unique in all of Azure.')
@minLength(2)
@maxLength(64)
param botName string

@description('Name that people see.')
param displayName string = 'Bridge for Jira'

@description('PUBLIC_URL: the https address at which the bridge is reached, without a slash at the end.')
param publicUrl string

@description('MICROSOFT_APP_ID: client id of the app registration, or of the managed identity.')
param appId string

@description('MICROSOFT_APP_TENANT_ID')
param tenantId string = tenant().tenantId

@description('MICROSOFT_APP_TYPE. Azure makes no new MultiTenant bots.')
@allowed(['SingleTenant', 'UserAssignedMSI'])
param appType string = 'SingleTenant'

@description('Resource id of the managed identity, with UserAssignedMSI alone.')
param identityResourceId string = ''

@description('Also add the channel Microsoft 365: Outlook and Microsoft 365 Copilot then search and preview issues.')
param withMicrosoft365 bool = false

@description('F0 is free; messages of Teams are not metered.')
@allowed(['F0', 'S1'])
param sku string = 'F0'

resource bot 'Microsoft.BotService/botServices@2022-09-15' = {
  name: botName
  location: 'global'
  kind: 'azurebot'
  sku: {
    name: sku
  }
  properties: {
    displayName: displayName
    endpoint: '${publicUrl}/api/messages'
    msaAppId: appId
    msaAppTenantId: tenantId
    msaAppType: appType
    msaAppMSIResourceId: empty(identityResourceId) ? null : identityResourceId
  }
}

resource teams 'Microsoft.BotService/botServices/channels@2022-09-15' = {
  parent: bot
  name: 'MsTeamsChannel'
  location: 'global'
  properties: {
    channelName: 'MsTeamsChannel'
    properties: {
      isEnabled: true
    }
  }
}

resource microsoft365 'Microsoft.BotService/botServices/channels@2022-09-15' = if (withMicrosoft365) {
  parent: bot
  name: 'M365Extensions'
  location: 'global'
  properties: {
    channelName: 'M365Extensions'
  }
}

output messagingEndpoint string = bot.properties.endpoint
