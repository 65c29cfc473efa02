"""What the Azure CLI does of the steps at Microsoft, with this installation's values and no secret."""

from __future__ import annotations

import shlex

from bot.admin.setup.questions import Answers

BICEP_FILE, PARAMETERS_FILE = "azure_bot.bicep", "azure_bot.bicepparam"


def registration_commands(values: Answers) -> str:
    """Return the commands that make the app registration; the last one prints its secret."""
    redirect = shlex.quote(f"{values['PUBLIC_URL'].rstrip('/')}/auth/microsoft/callback")
    return (
        'APP_ID=$(az ad app create --display-name "Bridge for Jira" --sign-in-audience AzureADMyOrg \\\n'
        f"  --web-redirect-uris {redirect} --query appId --output tsv)\n"
        'az ad sp create --id "$APP_ID"\n'
        'echo "Application (client) ID: $APP_ID"\n'
        'echo "Directory (tenant) ID: $(az account show --query tenantId --output tsv)"\n'
        'az ad app credential reset --id "$APP_ID" --append --years 1 --query password --output tsv'
    )


def bot_commands(values: Answers) -> str:
    """Return the commands that make the Azure Bot and its channel from the Bicep file.

    Azure makes no new MultiTenant bots: one that is there already gets the address.
    """
    group = shlex.quote(values["AZURE_RESOURCE_GROUP"])
    if values.get("MICROSOFT_APP_TYPE") == "MultiTenant":
        name, endpoint = shlex.quote(values["AZURE_BOT_NAME"]), shlex.quote(_endpoint(values))
        return f"az bot update --resource-group {group} --name {name} --endpoint {endpoint}"
    return (
        f"az group create --name {group} --location westeurope   # unless it is there\n"
        f"az deployment group create --resource-group {group} --parameters {PARAMETERS_FILE}"
    )


def bicep_parameters(values: Answers) -> str:
    """Return the parameters of the Bicep file."""
    parameters = {
        "botName": values["AZURE_BOT_NAME"],
        "publicUrl": values["PUBLIC_URL"].rstrip("/"),
        "appId": values["MICROSOFT_APP_ID"],
        "tenantId": values["MICROSOFT_APP_TENANT_ID"],
    }
    if values.get("MICROSOFT_APP_TYPE") == "UserAssignedMSI":
        parameters |= {"appType": "UserAssignedMSI", "identityResourceId": values["AZURE_IDENTITY"]}
    lines = [f"param {name} = {_quote(value)}" for name, value in parameters.items()]
    return "\n".join([f"using './{BICEP_FILE}'", "", *lines]) + "\n"


def _endpoint(values: Answers) -> str:
    return f"{values['PUBLIC_URL'].rstrip('/')}/api/messages"


def _quote(text: str) -> str:
    """Return a Bicep string."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\${")
    return f"'{escaped}'"
