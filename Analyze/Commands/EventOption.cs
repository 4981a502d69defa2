using System.CommandLine;

namespace Diagnose.Analyze.Commands;

/// <summary>The option that takes the hits of some events out of several.</summary>
internal static class EventOption
{
    public static Option<string[]> Create() => new("--event")
    {
        Description = "only hits of this event, by its name or a part of it that only one event has; may be repeated",
        HelpName = "NAME",
    };
}
