"""Where each class of IfcRelationship appears: in relations.parquet, or in another artifact."""

IN_RELATIONS = (
    "IfcRelAggregates", "IfcRelNests", "IfcRelDeclares",
    "IfcRelAssignsTasks", "IfcRelAssignsToActor", "IfcRelAssignsToControl", "IfcRelAssignsToGroup",
    "IfcRelAssignsToGroupByFactor", "IfcRelAssignsToProcess", "IfcRelAssignsToProduct",
    "IfcRelAssignsToProjectOrder", "IfcRelAssignsToResource", "IfcRelOccupiesSpaces", "IfcRelSchedulesCostItems",
    "IfcRelAssociates", "IfcRelAssociatesAppliedValue", "IfcRelAssociatesApproval", "IfcRelAssociatesConstraint",
    "IfcRelAssociatesDocument", "IfcRelAssociatesLibrary", "IfcRelAssociatesProfileDef",
    "IfcRelAssociatesProfileProperties",
    "IfcRelConnectsElements", "IfcRelConnectsPathElements", "IfcRelConnectsPortToElement", "IfcRelConnectsPorts",
    "IfcRelConnectsStructuralActivity", "IfcRelConnectsStructuralElement", "IfcRelConnectsStructuralMember",
    "IfcRelConnectsWithEccentricity", "IfcRelConnectsWithRealizingElements",
    "IfcRelAdheresToElement", "IfcRelCoversBldgElements", "IfcRelCoversSpaces", "IfcRelFillsElement",
    "IfcRelFlowControlElements", "IfcRelInteractionRequirements", "IfcRelInterferesElements", "IfcRelPositions",
    "IfcRelProjectsElement", "IfcRelReferencedInSpatialStructure", "IfcRelSequence", "IfcRelServicesBuildings",
    "IfcRelSpaceBoundary", "IfcRelSpaceBoundary1stLevel", "IfcRelSpaceBoundary2ndLevel", "IfcRelVoidsElement",
    "IfcRelDefinesByObject", "IfcRelDefinesByTemplate",
)  # fmt: skip
"""The classes whose instances are rows of relations.parquet. Not all are in every schema."""

ELSEWHERE = {
    "IfcRelContainedInSpatialStructure": "spatial-tree.json",
    "IfcRelDefinesByType": "elements.parquet, properties.parquet",
    "IfcRelDefinesByProperties": "properties.parquet",
    "IfcRelOverridesProperties": "properties.parquet",
    "IfcRelAssociatesMaterial": "elements.parquet, properties.parquet",
    "IfcRelAssociatesClassification": "elements.parquet, properties.parquet",
}
"""The artifacts with the content of the other classes."""

FURTHER_MEMBERS = {
    "IfcRelAssignsTasks": "TimeForTask",
    "IfcRelConnectsPorts": "RealizingElement",
    "IfcRelConnectsWithRealizingElements": "RealizingElements",
    "IfcRelInteractionRequirements": "LocationOfInteraction",
    "IfcRelInterferesElements": "InterferenceSpace",
}
"""Attributes with objects that a relationship has besides the relating and the related ones."""
